// The health board: an answer in time is the answer that counts.

import FlashSale
import Telemetry
import Testing

@testable import FlashSaleHTTP

@Suite("The health board")
struct HealthBoardTests {
    @Test("An answer in time never counts as none")
    func answerBeatsItsTimer() async {
        var limits = HTTPLimits()
        limits.probeAge = .zero
        limits.probeTimeout = .seconds(60)
        let probes: [HealthProbe] = [.database, .redis, .app].map { probe in HealthProbe(probe) { true } }
        let operations = Operations(
            probes: probes,
            process: { ProcessStatus(allocatedBytes: 0, allocatedBytesInTotal: 0, mappedBytes: 0, liveTasks: 0) },
            exposition: { _ in nil }, logLevel: { _ in nil })
        let board = HealthBoard(operations, limits: limits, instruments: Instruments().health)
        for _ in 0..<5_000 {
            let report = await board.report()
            #expect(report.down == [])
        }
    }
}
