// Durations: one HDR histogram, from a tenth of a microsecond to ten minutes, with three digits.

import Histogram

/// Durations, recorded in constant time and memory, and mergeable without loss.
struct Latencies: Sendable {
    /// One step of the histogram, in nanoseconds.
    private static let unit: Int64 = 100
    /// Longer durations are recorded as this many steps: ten minutes, the longest possible timeout.
    private static let stepsMax: UInt64 = 6_000_000_000

    private var histogram = Histogram<UInt32>(
        lowestDiscernibleValue: 1, highestTrackableValue: stepsMax, numberOfSignificantValueDigits: .three)
    /// Nanoseconds in all.
    private(set) var total: Int64 = 0

    var count: Int { Int(histogram.totalCount) }

    /// The longest, in seconds.
    var longest: Double { seconds(histogram.maxRecorded) }

    /// On average, in seconds.
    var mean: Double { count > 0 ? Double(total) / Double(count) / 1e9 : 0 }

    mutating func record(_ nanoseconds: Int64) {
        let duration = max(0, nanoseconds)
        histogram.record(min(UInt64(duration / Self.unit), Self.stepsMax))
        total += duration
    }

    mutating func add(_ other: Latencies) {
        histogram.add(other.histogram)
        total += other.total
    }

    /// The duration in seconds that a share of all did not exceed. Zero if nothing was recorded.
    ///
    /// - Parameter share: from 0 to 1.
    func quantile(_ share: Double) -> Double {
        seconds(histogram.valueAtPercentile(share * 100))
    }

    /// How many took at most a number of seconds, to within the histogram's digits.
    func count(within bound: Double) -> Int {
        guard count > 0 else { return 0 }
        return Int(histogram.count(within: 0...UInt64(bound * 1e9 / Double(Self.unit))))
    }

    private func seconds(_ steps: UInt64) -> Double {
        Double(steps) * Double(Self.unit) / 1e9
    }
}
