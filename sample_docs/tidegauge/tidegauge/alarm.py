"""Raises an alarm once when the water passes the quay, and once when it is gone again."""

HYSTERESIS = 0.05  # metres: the water must fall this far below the quay to end an alarm


class Alarm:
    """Knows the height of the quay and whether the bell is ringing."""

    def __init__(self, quay: float) -> None:
        self.quay, self.ringing = quay, False

    def update(self, level: float) -> None:
        if not self.ringing and level >= self.quay:
            self.ringing = True
            print(f"ALARM water at {level:.2f} m")
        elif self.ringing and level < self.quay - HYSTERESIS:
            self.ringing = False
            print(f"all clear at {level:.2f} m")
