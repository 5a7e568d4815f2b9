"""What a base station sends: how a treatment went, and the room that the child sleeps in."""

from fleet_platform.telemetry.kinds import Kind, Number, NumberOrText, Section

TREATMENT = Section(
    {
        "real_user_id": NumberOrText,
        "treatment_time": Number(0, 7 * 86_400),
        "last_intensity": Number(0, 1000),
        "movement": Number(0, 1e9),
    },
    "One treatment: whose, seconds of use, last intensity, movements counted.",
)

ENVIRONMENT = Section(
    {
        "temperature": Number(-60, 100),
        "humidity": Number(0, 100),
        "brightness": Number(0, 1e6),
        "noise": Number(0, 1e6),
    },
    "The room: degrees Celsius, percent of relative humidity, brightness and noise as the sensor counts them.",
)

KIND = Kind(name="base_station", sections={"treatment": TREATMENT, "environment": ENVIRONMENT})
