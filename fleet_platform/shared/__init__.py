"""Code that knows no app: errors, dialects, clock, paging, throttle. Imports no app, ever."""
