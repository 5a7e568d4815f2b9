"""The yardstick of MQTT: a paho client that counts what it gets, and says the count on a port to whoever asks."""

import socketserver
import sys

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

RECEIVE_MAXIMUM = 500  # as the gateway has it


class Counter:
    def __init__(self, port: int, topic: str):
        self.count = 0
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id="bench-counter", protocol=mqtt.MQTTv5
        )
        self.client.on_connect = lambda client, *_: client.subscribe(topic, qos=1)
        self.client.on_message = self._take
        properties = Properties(PacketTypes.CONNECT)
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        self.client.connect("127.0.0.1", port, properties=properties)
        self.client.loop_start()

    def _take(self, client, userdata, message) -> None:
        self.count += 1


def main() -> None:
    counter = Counter(int(sys.argv[1]), sys.argv[2])

    class Door(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while self.request.recv(1):
                self.request.sendall(b"%d" % counter.count)

    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[3])), Door) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
