// Draws series over time as SVG: only lines, areas and text, so that a page needs no other file. Its colours follow the
// page's, in light and dark; on a narrow page its text is larger, and every second mark of time is left out.

internal import Textbook

/// A chart with time to the right.
public struct LineChart {
    /// Seconds from the origin, and the values.
    public typealias Points = [(at: Double, value: Double)]

    public struct Series {
        public enum Style: String {
            case line
            /// Visible beneath an equal line.
            case broad
            /// Filled down to 0.
            case area
        }

        let name: String
        let color: PageColor
        let points: Points
        let style: Style

        public init(_ name: String, _ color: PageColor, _ points: Points, _ style: Style = .line) {
            self.name = name
            self.color = color
            self.points = points
            self.style = style
        }
    }

    /// Numbered moments, such as faults.
    public struct Marks {
        let name: String
        /// In order; they are numbered from 1.
        let times: [Double]

        public init(_ name: String, at times: [Double]) {
            self.name = name
            self.times = times
        }
    }

    /// Times in which something happened, as bars along the time axis.
    public struct Stretches {
        let name: String
        let color: PageColor
        let spans: [ClosedRange<Double>]

        public init(_ name: String, _ color: PageColor, _ spans: [ClosedRange<Double>]) {
            self.name = name
            self.color = color
            self.spans = spans
        }
    }

    let title: String
    /// The first is drawn first, below the others. Their points are within the time.
    let series: [Series]
    /// The time axis, in seconds from the origin.
    let time: ClosedRange<Double>
    let marks: Marks?
    /// Each has a line of bars of its own.
    let stretches: [Stretches]
    /// Values are marked in steps of this, or more.
    let stepMin: Double
    /// Writes a value at its mark.
    let format: (Double) -> String

    private static let (width, height) = (720.0, 214.0)
    private static let (left, right, top, bottom) = (66.0, 16.0, 24.0, 34.0)
    private static let plotWidth = width - left - right
    private static let barHeight = 5.0
    /// The numbers of marks that are closer than this are joined in one text.
    private static let labelWidth = 26.0

    public init(
        title: String, series: [Series], time: ClosedRange<Double>, marks: Marks? = nil,
        stretches: [Stretches] = [], stepMin: Double = 1, format: ((Double) -> String)? = nil
    ) {
        self.title = title
        let time = time.lowerBound...max(time.upperBound, time.lowerBound + 1)
        self.time = time
        self.series = series.map { .init($0.name, $0.color, Self.points($0.points, in: time), $0.style) }
        self.marks = marks.flatMap { $0.times.contains(where: time.contains) ? $0 : nil }
        self.stretches = stretches.compactMap { stretches in
            let spans = stretches.spans.filter { $0.overlaps(time) }.map { $0.clamped(to: time) }
            return spans.isEmpty ? nil : Stretches(stretches.name, stretches.color, spans)
        }
        self.stepMin = stepMin
        self.format = format ?? Words.compact
    }

    /// The points of a line within a time. Where the line comes in or goes out, it has a point at the edge.
    private static func points(_ points: Points, in time: ClosedRange<Double>) -> Points {
        var shown: Points = []
        for (index, point) in points.enumerated() {
            if index > 0 {
                let last = points[index - 1]
                for edge in [time.lowerBound, time.upperBound] where last.at < edge && edge < point.at {
                    let share = (edge - last.at) / (point.at - last.at)
                    shown.append((edge, last.value + share * (point.value - last.value)))
                }
            }
            if time.contains(point.at) { shown.append(point) }
        }
        return shown
    }

    /// The chart with its title and its legend.
    public var html: String {
        let values = series.flatMap { $0.points.map(\.value) }
        let step = Self.step(values.max() ?? 0, marks: 4, min: stepMin)
        let count = max(1, ((values.max() ?? 0) / step).rounded(.up))
        let title = title.escapedForHTML
        var svg = "<h2>\(title)</h2><figure><svg viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" role=\"img\" "
        svg += "aria-label=\"\(title)\">"
        for mark in 0...Int(count) {
            let height = Self.y(Double(mark) / count)
            svg += "<line x1=\"\(Int(Self.left))\" y1=\"\(height)\" x2=\"\(Int(Self.width - Self.right))\" "
            svg += "y2=\"\(height)\" class=\"grid\"/><text x=\"\(Int(Self.left) - 8)\" y=\"\(height)\" class=\"axis\">"
            svg += "\(format(Double(mark) * step))</text>"
        }
        svg += timeMarks
        for line in series { svg += drawing(of: line, top: count * step) }
        return svg + numberedMarks + bars + "</svg><figcaption>\(legend)</figcaption></figure>"
    }

    private func drawing(of line: Series, top: Double) -> String {
        var points = line.points.map { "\(x($0.at)),\(Self.y($0.value / top))" }
        if line.style == .area, let first = line.points.first, let last = line.points.last {
            points = ["\(x(first.at)),\(Self.y(0))"] + points + ["\(x(last.at)),\(Self.y(0))"]
        }
        let element = line.style == .area ? "polygon" : "polyline"
        return "<\(element) points=\"\(points.joined(separator: " "))\" class=\"\(line.style.rawValue)\" "
            + "style=\"--c:\(line.color.css)\"><title>\(line.name.escapedForHTML)</title></\(element)>"
    }

    private var timeMarks: String {
        let step = Self.timeStep(time.upperBound - time.lowerBound)
        let first = (time.lowerBound / step).rounded(.up)
        let last = (time.upperBound / step).rounded(.down)
        guard first <= last else { return "" }
        return (Int(first)...Int(last)).map { number in
            let second = Double(number) * step
            let rank = number.isMultiple(of: 2) ? "" : " minor"
            return "<text x=\"\(x(second))\" y=\"\(Int(Self.height) - 8)\" class=\"time\(rank)\">"
                + "\(Words.moment(second, step: step))</text>"
        }.joined()
    }

    private var numberedMarks: String {
        // A mark keeps its number where the axis does not reach those before it.
        let marks = marks?.times.enumerated().filter { time.contains($0.element) } ?? []
        var labels: [(at: Double, text: String)] = []
        let length = time.upperBound - time.lowerBound
        for (index, mark) in marks {
            if let last = labels.last, (mark - last.at) / length * Self.plotWidth < Self.labelWidth {
                labels[labels.count - 1].text += ",\(index + 1)"
            } else {
                labels.append((mark, "\(index + 1)"))
            }
        }
        let (top, bottom) = (Int(Self.top) - 4, Self.y(0))
        let lines = marks.map { _, mark in
            "<line x1=\"\(x(mark))\" y1=\"\(top)\" x2=\"\(x(mark))\" y2=\"\(bottom)\" class=\"mark\"/>"
        }
        let numbers = labels.map { label in
            "<text x=\"\(x(label.at))\" y=\"\(Int(Self.top) - 6)\" class=\"number\">\(label.text)</text>"
        }
        return (lines + numbers).joined()
    }

    private var bars: String {
        let bars = stretches.enumerated().flatMap { line, stretches in
            let top = Words.fixed(Self.height - Self.bottom + Double(line) * Self.barHeight, 1)
            return stretches.spans.map { span in
                let share = (span.upperBound - span.lowerBound) / (time.upperBound - time.lowerBound)
                return "<rect x=\"\(x(span.lowerBound))\" y=\"\(top)\" "
                    + "width=\"\(Words.fixed(share * Self.plotWidth, 1))\" "
                    + "height=\"\(Words.fixed(Self.barHeight - 1, 1))\" style=\"--c:\(stretches.color.css)\">"
                    + "<title>\(stretches.name.escapedForHTML)</title></rect>"
            }
        }
        return bars.joined()
    }

    private var legend: String {
        var entries = series.map { line in
            "<span class=\"key\" style=\"--c:\(line.color.css)\"></span>\(line.name.escapedForHTML)"
        }
        entries += stretches.map {
            "<span class=\"key bar\" style=\"--c:\($0.color.css)\"></span>\($0.name.escapedForHTML)"
        }
        if let marks { entries.append("<span class=\"bad\">┆</span> \(marks.name.escapedForHTML), by its number") }
        return entries.map { "<span>\($0)</span>" }.joined(separator: " ")
    }

    private func x(_ second: Double) -> String {
        let share = (second - time.lowerBound) / (time.upperBound - time.lowerBound)
        return Words.fixed(Self.left + share * Self.plotWidth, 1)
    }

    /// - Parameter share: of the chart's height; what is below 0 is drawn at 0.
    private static func y(_ share: Double) -> String {
        Words.fixed(top + (1 - max(share, 0)) * (height - top - bottom), 1)
    }

    /// The least of 1, 2, 5, 10, 20, 50 … and their tenths that needs at most a number of marks.
    static func step(_ range: Double, marks: Double, min least: Double) -> Double {
        var power = least
        while true {
            for factor in [1.0, 2, 5] where power * factor * marks >= range { return power * factor }
            power *= 10
        }
    }

    /// The least step with which a clock divides a time into eight parts or fewer.
    public static func timeStep(_ seconds: Double) -> Double {
        let steps = [1.0, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200]
        return steps.first { $0 * 8 >= seconds } ?? step(seconds, marks: 8, min: 86_400)
    }
}
