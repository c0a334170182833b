// Draws series over the time of a run as SVG: only lines and text, so that the page needs no other file.

import Glibc

/// A chart with time to the right.
struct LineChart {
    struct Series {
        var name: String
        var color: String
        /// Seconds from the start, and the values.
        var points: [(at: Double, value: Double)]
        /// Drawn broad, to be visible beneath an equal line.
        var isBroad = false
    }

    /// Times in which something happened, as bars along the time axis.
    struct Stretches {
        var name: String
        var color: String
        var spans: [ClosedRange<Double>]
    }

    var title: String
    var series: [Series]
    /// The end of the time axis, in seconds.
    var end: Double
    /// When faults were made, in order; they are numbered from 1.
    var faults: [Double]
    /// Each has a line of bars of its own, if there are any.
    var stretches: [Stretches]
    /// Values are marked in steps of this, or more.
    var stepMin: Double
    /// Writes a value at its mark.
    var format: (Double) -> String

    private static let (width, height) = (900.0, 200.0)
    private static let (left, right, top, bottom) = (70.0, 20.0, 20.0, 28.0)
    private static let plotWidth = width - left - right
    /// The numbers of faults that are closer than this are joined in one text.
    private static let labelWidth = 26.0
    private static let barHeight = 4.0

    var svg: String {
        let values = series.flatMap { $0.points.map(\.value) }
        let step = Self.step(values.max() ?? 0, marks: 4, min: stepMin)
        let marks = max(1, ((values.max() ?? 0) / step).rounded(.up))
        var svg = "<h2>\(title)</h2><svg viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" role=\"img\" "
        svg += "aria-label=\"\(title)\">"
        for mark in 0...Int(marks) {
            let height = Self.y(Double(mark) / marks)
            svg += "<line x1=\"\(x(0))\" y1=\"\(height)\" x2=\"\(x(end))\" y2=\"\(height)\" class=\"grid\"/>"
            svg += "<text x=\"\(Int(Self.left) - 8)\" y=\"\(height)\" class=\"axis\">"
            svg += "\(format(Double(mark) * step))</text>"
        }
        svg += timeMarks + faultMarks + bars
        for line in series {
            let points = line.points.map { "\(x($0.at)),\(Self.y($0.value / (marks * step)))" }
            svg += "<polyline points=\"\(points.joined(separator: " "))\" stroke=\"\(line.color)\""
            svg += "\(line.isBroad ? " class=\"broad\"" : "")><title>\(line.name)</title></polyline>"
        }
        return svg + "</svg><p class=\"legend\">\(legend)</p>"
    }

    private var timeMarks: String {
        let step = Self.step(end, marks: 8, min: 1)
        return stride(from: 0, through: end, by: step).map { second in
            "<text x=\"\(x(second))\" y=\"\(Int(Self.height) - 6)\" class=\"time\">\(Int(second)) s</text>"
        }.joined()
    }

    private var faultMarks: String {
        var labels: [(at: Double, text: String)] = []
        for (index, fault) in faults.enumerated() {
            if let last = labels.last, (fault - last.at) / end * Self.plotWidth < Self.labelWidth {
                labels[labels.count - 1].text += ",\(index + 1)"
            } else {
                labels.append((fault, "\(index + 1)"))
            }
        }
        let (top, bottom) = (Int(Self.top) - 4, Self.y(0))
        let lines = faults.map { fault in
            "<line x1=\"\(x(fault))\" y1=\"\(top)\" x2=\"\(x(fault))\" y2=\"\(bottom)\" class=\"fault\"/>"
        }
        let numbers = labels.map { label in
            "<text x=\"\(x(label.at))\" y=\"\(Int(Self.top) - 7)\" class=\"number\">\(label.text)</text>"
        }
        return (lines + numbers).joined()
    }

    private var bars: String {
        let bars = stretches.filter { !$0.spans.isEmpty }.enumerated().flatMap { line, stretches in
            let top = Words.fixed(Self.height - Self.bottom + Double(line) * Self.barHeight, 1)
            return stretches.spans.map { span in
                let width = Words.fixed((span.upperBound - span.lowerBound) / end * Self.plotWidth, 1)
                return "<rect x=\"\(x(span.lowerBound))\" y=\"\(top)\" width=\"\(width)\" "
                    + "height=\"\(Words.fixed(Self.barHeight - 1, 1))\" fill=\"\(stretches.color)\">"
                    + "<title>\(stretches.name)</title></rect>"
            }
        }
        return bars.joined()
    }

    private var legend: String {
        var entries = series.map { "<span style=\"color:\($0.color)\">■</span> \($0.name)" }
        entries += stretches.filter { !$0.spans.isEmpty }.map {
            "<span style=\"color:\($0.color)\">▬</span> \($0.name)"
        }
        if !faults.isEmpty { entries.append("<span class=\"bad\">┆</span> fault, by its number") }
        return entries.joined(separator: " &nbsp; ")
    }

    private func x(_ second: Double) -> String {
        Words.fixed(Self.left + second / end * Self.plotWidth, 1)
    }

    /// - Parameter share: of the chart's height, from 0 to 1.
    private static func y(_ share: Double) -> String {
        Words.fixed(top + (1 - share) * (height - top - bottom), 1)
    }

    /// The least of 1, 2, 5, 10, 20, 50 … and their tenths that needs at most a number of marks.
    static func step(_ range: Double, marks: Double, min least: Double) -> Double {
        var power = least
        while true {
            for factor in [1.0, 2, 5] where power * factor * marks >= range { return power * factor }
            power *= 10
        }
    }
}
