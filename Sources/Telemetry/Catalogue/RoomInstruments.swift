// The instruments of the waiting room.

/// The waiting room family. A property is named like its metric.
public final class RoomInstruments: Sendable {
    public let waitingRoomJoinedTotal: Counter<JoinPhase>
    public let waitingRoomShownTotal: Counter<NoLabels>
    public let waitingRoomEmptyHandedTotal: Counter<NoLabels>
    public let waitingRoomRefusedTotal: Counter<RoomRefusal>
    public let waitingRoomWaitSeconds: Histogram<NoLabels>
    // A scrape sets these for the sale that is on, or that gathers. They are 0 without a waiting room.
    public let waitingRoomWaiting: Gauge<NoLabels>
    public let waitingRoomCalled: Gauge<NoLabels>
    public let waitingRoomPace: Reading<NoLabels>

    init(_ catalogue: inout Catalogue) {
        waitingRoomJoinedTotal = catalogue.counter(
            "waiting_room_joined_total", "Tickets given out, by when their buyers joined.")
        waitingRoomShownTotal = catalogue.counter(
            "waiting_room_shown_total", "Called buyers that came to check out.")
        waitingRoomEmptyHandedTotal = catalogue.counter(
            "waiting_room_empty_handed_total", "Called buyers that found nothing when they came.")
        waitingRoomRefusedTotal = catalogue.counter(
            "waiting_room_refused_total", "Checkouts that the waiting room refused, by why.")
        waitingRoomWaitSeconds = catalogue.histogram(
            "waiting_room_wait_seconds",
            "Time in seconds from joining, or from the start for the draw, to the first checkout.", .holdAges)
        waitingRoomWaiting = catalogue.gauge(
            "waiting_room_waiting", "Numbers that are not called yet, or tickets while the room gathers.")
        waitingRoomCalled = catalogue.gauge("waiting_room_called", "The highest number that is called.")
        waitingRoomPace = catalogue.reading(
            "waiting_room_pace", "Buyers a second that the usher calls at most.", unit: .none)
    }
}
