// Pages: numbers in words, axes, and text that cannot become markup.

import Testing

@testable import Reports

@Suite("Pages")
struct PageTests {
    @Test("A page needs no network, follows light and dark, and has its charts at the times of its clock")
    func page() {
        let chart = LineChart(
            title: "Stock & <line>",
            series: [
                .init("sold", .green, [(-30, 0), (60, 2_500)], .area), .init("held", .blue, [(-30, 0), (60, 1_000)]),
            ], time: -30...60, marks: .init("fault", at: [-31, 10, 11, 50, 61]))
        let text = Page(title: "A <sale>", body: chart.html + HTML.table("T", ["", "a"], [["1", "<b>"]])).text
        for part in [
            "<title>A &lt;sale&gt;</title>", "<h2>Stock &amp; &lt;line&gt;</h2>", "<td>&lt;b&gt;</td>",
            "prefers-color-scheme:dark", "<polygon ", "<polyline ", "style=\"--c:var(--green)\"", ">-15 s</text>",
            ">60 s</text>", ">1 k</text>", ">2,3</text>", ">4</text>", "fault, by its number",
        ] { #expect(text.contains(part), "\(part)") }
        #expect(!text.contains(">1</text>") && !text.contains(">5</text>"), "a mark outside of the time axis")
        for word in ["<script", "src=", "href=", "url(", "@import"] { #expect(!text.contains(word), "\(word)") }
    }

    @Test("A chart stays within its axes: a line ends at their edges with the value that it has there")
    func edges() {
        let chart = LineChart(
            title: "T",
            series: [
                .init("long", .blue, [(-40, 0), (40, 80), (120, -80)], .area),
                .init("before", .red, [(-2, 9), (-1, 9)]), .init("across", .green, [(-50, 10), (150, 30)]),
            ], time: 0...100,
            stretches: [.init("late", .orange, [-20...10, 90...130]), .init("never", .red, [-20...(-10)])])
        let html = chart.html
        let points = html.matches(of: #/(-?[\d.]+),(-?[\d.]+)(?=[ "])/#).compactMap { match in
            Double(match.1).flatMap { x in Double(match.2).map { (x: x, y: $0) } }
        }
        #expect(points.count == 7)
        #expect(points.allSatisfy { (66...704).contains($0.x) && (24...180).contains($0.y) })
        // From 40 at the left edge and to -40 at the right one, which is drawn at 0, up to the mark of 80.
        #expect(html.contains("points=\"66.0,180.0 66.0,102.0 321.2,24.0 704.0,180.0 704.0,180.0\""))
        #expect(html.contains("points=\"66.0,150.8 704.0,131.3\""))
        #expect(html.contains("<rect x=\"66.0\" y=\"180.0\" width=\"63.8\""))
        #expect(html.contains("<rect x=\"640.2\" y=\"180.0\" width=\"63.8\"") && !html.contains("never"))
    }

    @Test("Bars are as long as their shares, and a summary names what no pattern has")
    func bars() {
        var records = Records([Records.Column("outcome"), Records.Column("kind")])
        records.add(["sold out", "bot"], count: 90)
        for number in 0..<10 { records.add(["other \(number)", "kind \(number)"]) }
        let text = HTML.patterns("Refused", TableSummary(records, patternsMax: 1), .red)
        #expect(text.contains("outcome sold out, kind bot</th>") && text.contains("width:90.0%"))
        #expect(text.contains("none of these</th>") && text.contains("10.0 %, 10</td>"))
        let alike = TableSummary(records.filtered(by: 0) { $0 == 0 })
        #expect(HTML.patterns("Refused", alike, .red).contains("All: outcome sold out, kind bot.</p>"))
        #expect(HTML.patterns("Refused", TableSummary(Records([Records.Column("a")])), .red) == "")
    }

    @Test(
        "A clock divides any time into parts of a round length",
        arguments: [
            (5, 1, "1 s"), (60, 10, "10 s"), (400, 60, "1 min"), (7_200, 900, "15 min"), (86_400, 14_400, "4 h"),
            (2_678_400, 432_000, "5 d"),
        ])
    func clock(seconds: Double, step: Double, first: String) {
        #expect(LineChart.timeStep(seconds) == step)
        #expect(Words.moment(step, step: step) == first)
    }

    @Test(
        "Marks of an axis are short",
        arguments: [(0, "0"), (0.25, "0.25"), (950, "950"), (2_500, "2.5 k"), (1_000_000, "1 M"), (3e9, "3 G")])
    func compact(number: Double, text: String) {
        #expect(Words.compact(number) == text)
    }

    @Test(
        "Axes are marked at round values",
        arguments: [(0, 1, 1), (3, 1, 1), (4.1, 1, 2), (4_030, 1, 2_000), (1.24, 1e-5, 0.5), (0.000_02, 1e-5, 1e-5)])
    func steps(range: Double, least: Double, step: Double) {
        #expect(abs(LineChart.step(range, marks: 4, min: least) / step - 1) < 1e-9)
    }

    @Test(
        "Durations have a fitting unit",
        arguments: [(0.0000005, "1 µs"), (0.00025, "250 µs"), (0.0123, "12.30 ms"), (2.5, "2.50 s"), (0, "0 µs")])
    func durations(seconds: Double, text: String) {
        #expect(Words.duration(seconds) == text)
    }

    @Test(
        "Thousands are separated", arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")])
    func counts(number: Int, text: String) {
        #expect(Words.count(number) == text)
    }
}
