// Faults of a line, by `make chaos`: whatever breaks, numbers stay, `called` goes on, and the audit finds nothing.

import Testing

extension SystemTests {
    @Suite("A fault while buyers are in line")
    struct RoomFaultTests {
        @Test(
            "A line goes on as it was promised", .enabled(if: ChaosPlan.asked != nil),
            arguments: ChaosPlan.roomFaults)
        func faults(_ fault: RoomFault) async throws {
            for _ in 0..<(ChaosPlan.asked?.seeds ?? 1) {
                do {
                    try await RoomTrial.run(fault)
                } catch let error as MissingProp {
                    print("· \(fault.rawValue) is left out: \(error.why)")
                }
            }
        }
    }
}
