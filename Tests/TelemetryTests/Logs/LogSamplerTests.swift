// Sampling: the lines that are kept of a flood.

import Testing

@testable import TelemetryExport

@Suite("Log sampling")
struct LogSamplerTests {
    @Test("The first hundred in a second are kept, then every hundredth, with the number of dropped lines")
    func rule() {
        var sampler = LogSampler()
        let decisions = (1...300).map { _ in sampler.decide(key: 5, second: 9) }
        #expect(decisions.prefix(100).allSatisfy { $0 == .keep(dropped: 0) })
        #expect(decisions[100..<199].allSatisfy { $0 == .drop })
        #expect(decisions[199] == .keep(dropped: 99))
        #expect(decisions[299] == .keep(dropped: 99))
    }

    @Test("A new second starts at 0, and its first line has the number that the last second dropped")
    func newSecond() {
        var sampler = LogSampler()
        for _ in 1...150 { _ = sampler.decide(key: 5, second: 9) }
        #expect(sampler.decide(key: 5, second: 10) == .keep(dropped: 50))
        #expect(sampler.decide(key: 5, second: 10) == .keep(dropped: 0))
    }

    @Test("One message's flood does not silence another")
    func separateKeys() {
        var sampler = LogSampler()
        for _ in 1...150 { _ = sampler.decide(key: 5, second: 9) }
        #expect(sampler.decide(key: 6, second: 9) == .keep(dropped: 0))
    }

    @Test("Two messages that share a place are kept rather than dropped")
    func collision() {
        var sampler = LogSampler()
        for _ in 1...150 { _ = sampler.decide(key: 5, second: 9) }
        #expect(sampler.decide(key: 5 + LogLimits.sampledMessages, second: 9) == .keep(dropped: 0))
    }
}
