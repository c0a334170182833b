// The summary: quantiles within their objectives, and a window that slides.

import Telemetry
import Testing

@Suite("Summary")
struct SummaryTests {
    let summary = Instruments().http.requestSizeBytes
    let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    @Test("Without observations every quantile is NaN")
    func empty() throws {
        let reading = try read(at: start)
        #expect(reading.values.allSatisfy { $0.isNaN })
        #expect(reading.count == 0)
    }

    @Test(
        "A million values put every quantile within its objective",
        arguments: [
            { $0 % 16_384 }, { ($0 % 256) * ($0 % 251) }, { $0 % 1_000 == 0 ? 40_000 : 12 + $0 % 5 },
        ] as [@Sendable (UInt64) -> UInt64])
    func quantileError(shape: @Sendable (UInt64) -> UInt64) throws {
        let total = 1_000_000
        var values: [UInt64] = []
        for number in 0..<UInt64(total) {
            values.append(shape(number &* 2_654_435_761 % 1_000_003))
        }
        for value in values { summary.observe(value, .post, at: start) }
        values.sort()
        for (estimate, (quantile, error)) in zip(try read(at: start).values, [(0.5, 0.05), (0.9, 0.01), (0.99, 0.001)])
        {
            let low = values[Int((quantile - error) * Double(total))]
            let high = values[min(total - 1, Int((quantile + error) * Double(total)))]
            #expect(estimate >= Double(low) && estimate <= Double(high), "quantile \(quantile)")
        }
    }

    @Test("The quantiles forget a value after ten minutes, the count never does")
    func ageing() throws {
        summary.observe(100, .post, at: start)
        summary.observe(900, .post, at: start + .seconds(360))
        #expect(try read(at: start + .seconds(420)).values == [100, 900, 900])
        #expect(try read(at: start + .seconds(720)).values == [900, 900, 900])
        let later = try read(at: start + .seconds(1_200))
        #expect(later.values.allSatisfy { $0.isNaN })
        #expect(later.count == 2)
        #expect(later.sum == 1_000)
    }

    @Test("A slice that is used again starts empty")
    func reuse() throws {
        for _ in 0..<10 { summary.observe(100, .post, at: start) }
        summary.observe(900, .post, at: start + .seconds(600))
        #expect(try read(at: start + .seconds(600)).values == [900, 900, 900])
    }

    private func read(at time: MonotonicTime) throws -> (values: [Double], sum: Double, count: UInt64) {
        let post = try #require(summary.series.firstIndex { $0.contains(LabelPair(name: "method", value: "POST")) })
        guard case .summary(let values, let sum, let count) = summary.read(at: time)[post] else {
            throw UnexpectedValue()
        }
        return (values, sum, count)
    }
}
