// The time of a story: from the first thing that happened in a sale to the last, in steps that a chart can show.

internal import Reports
internal import Textbook

/// Steps of equal length. Times are in microseconds since 1970, and on charts in seconds from the sale's start.
struct StoryClock: Equatable {
    /// The sale's start.
    let start: Int64
    /// The beginning of the first step.
    let from: Int64
    /// The length of a step.
    let step: Int64
    let count: Int

    /// The most steps, so that a chart has a point for every few pixels.
    private static let countMax = 120.0
    /// Into how many parts a summary divides the time, or half as many.
    private static let partsMax = 8.0

    /// - Parameters:
    ///   - first: when the first thing happened; nil if nothing did.
    ///   - end: the end of the story.
    init(start: Int64, first: Int64?, end: Int64) {
        self.start = start
        from = min(start, first ?? start)
        let seconds = max(Double(end - from) / 1e6, 1)
        let length = LineChart.timeStep(seconds / Self.countMax * 8)
        step = Int64(length * 1e6)
        count = Int((seconds / length).rounded(.up))
    }

    /// On charts.
    var axis: ClosedRange<Double> { seconds(from)...seconds(from + step * Int64(count)) }

    var stepSeconds: Double { Double(step) / 1e6 }

    func seconds(_ time: Int64) -> Double { Double(time - start) / 1e6 }

    /// The end of a step.
    func end(of index: Int) -> Double { seconds(from + step * Int64(index + 1)) }

    /// How long each part of a summary is.
    var part: Int64 { Int64(LineChart.timeStep(Double(step * Int64(count)) / 1e6 / Self.partsMax * 8) * 1e6) }

    var partCount: Int { Int((step * Int64(count) + part - 1) / part) }

    /// `5 to 10 min`.
    func name(ofPart index: Int) -> String {
        let length = Double(part) / 1e6
        let begin = seconds(from) + Double(index) * length
        return "\(Words.moment(begin, step: length)) to \(Words.moment(begin + length, step: length))"
    }
}

extension UTCTime {
    /// `2026-11-27 08:00:05` in UTC.
    static func words(_ microseconds: Int64) -> String {
        UTCTime(microseconds: microseconds).rfc3339(fractionDigits: 0).replacing("T", with: " ").replacing(
            "Z", with: "")
    }
}
