// The row of the waiting room, on the board of the sale.

internal import Telemetry

extension Dashboard {
    /// Without a waiting room its panels stand at 0.
    static func room(_ room: RoomInstruments, _ sale: SaleInstruments) -> Row {
        func rate(_ counter: any Readable) -> Expression { Expression.rate(counter).sum() }
        return Row(
            "Waiting room",
            [
                Panel(
                    "Line", "Numbers that wait and numbers that are called, over the units that are free.", .count,
                    [
                        Target(Expression.value(room.waitingRoomWaiting).max(), "waiting"),
                        Target(Expression.value(room.waitingRoomCalled).max(), "called"),
                        Target(Expression.value(sale.saleItemsAvailable).max(), "free units"),
                    ]),
                Panel(
                    "Coming", "Buyers a second: at most called, come for the first time, and joining.",
                    .operationsPerSecond,
                    [
                        Target(Expression.value(room.waitingRoomPace).max(), "pace"),
                        Target(rate(room.waitingRoomShownTotal), "come", .stands),
                        Target(
                            Expression.rate(room.waitingRoomJoinedTotal).sum(by: JoinPhase.labelName), "join {{phase}}",
                            .stands),
                    ]),
                Panel(
                    "Found nothing", "Share of the called buyers that came when every unit was held.", .ratio,
                    [
                        Target(
                            rate(room.waitingRoomEmptyHandedTotal)
                                / rate(room.waitingRoomShownTotal).compared(.above, 0), "in vain",
                            .mayBeEmpty("nobody comes, no share"))
                    ]),
                Panel(
                    "Wait", "From joining, or from the start for the draw, to the first checkout.", .seconds,
                    width: 12,
                    [0.5, 0.95].map { quantile in
                        Target(
                            .quantile(quantile, room.waitingRoomWaitSeconds), "p\(Int(quantile * 100))",
                            .mayBeEmpty("nobody comes, no quantile"))
                    }),
                Panel(
                    "Sent away", "Checkouts a second that the waiting room refused, by why.", .requestsPerSecond,
                    width: 12, isStacked: true,
                    [
                        Target(
                            Expression.rate(room.waitingRoomRefusedTotal).sum(by: RoomRefusal.labelName), "{{reason}}",
                            .stands)
                    ]),
            ])
    }
}
