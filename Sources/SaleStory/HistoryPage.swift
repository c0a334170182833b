// Tells a sale's history as one page: what came of it, how it went, who got how far, and who did what.

internal import Reports
internal import Textbook

/// Writes the page.
struct HistoryPage {
    let history: SaleHistory
    let answer: MetricsAnswer

    private static let patternsMax = 5

    var terms: SaleHistory.Terms { history.terms }
    var clock: StoryClock { history.clock }
    private var held: Int { history.total("held") }

    var text: String {
        let parts = held == 0 ? [] : [tiles, stock, funnel, rates, takings, ends, commonalities]
        let rest = [line, missing, refusals, latency, refunds, acts, alerts, sources]
        let body = ([head] + parts + rest).joined(separator: "\n")
        return Page(title: "Sale \(history.number)", body: body).text
    }

    // MARK: - What came of it

    private var head: String {
        let (word, color) = state
        return """
            <h1>Sale \(history.number) <span class="pill" style="--c:\(color.css)">\(word)</span></h1>
            <p class="muted">\(UTCTime.words(terms.startedAt)) to \(UTCTime.words(terms.endedAt)) UTC.
            \(Words.count(terms.itemCount)) items, \(Words.count(terms.units)) units, at most \(terms.limit) for a
            buyer, \(terms.holdSeconds) s to pay\(terms.gatherSeconds == nil ? "" : ", with a waiting room").</p>
            <p class="lead">\(lead)</p>
            """
    }

    private var state: (word: String, color: PageColor) {
        if terms.isArchived { return ("archived", .gray) }
        if terms.endedAt <= terms.now { return ("ended", .gray) }
        if let pause = terms.pause { return ("paused (\(pause))", .orange) }
        return terms.startedAt <= terms.now ? ("on", .green) : ("to come", .blue)
    }

    /// The story in a sentence.
    private var lead: String {
        guard held > 0 else {
            return terms.startedAt > terms.now ? "The sale has not begun." : "Nobody has taken anything."
        }
        // A refunded unit may have been sold twice.
        let sold =
            unitsRefunded > 0
            ? Self.units(history.total("purchased")) : "\(Words.count(terms.sold)) of \(Self.units(terms.units))"
        let buyers = "\(Words.count(history.buyers.bought)) buyer\(history.buyers.bought == 1 ? "" : "s")"
        let isOver = terms.endedAt <= terms.now
        guard let seconds = history.soldOutAfter else {
            return "\(buyers) bought \(sold)\(isOver ? "" : " so far").\(changesInWords)"
        }
        return "Sold out after \(Self.span(seconds)): \(buyers) bought \(sold).\(changesInWords)"
    }

    private var tiles: String {
        let buyers = history.buyers
        var tiles = [
            ("units sold", Words.count(terms.sold)),
            ("of all units", Words.percent(Double(terms.sold) / Double(max(terms.units, 1)))),
        ]
        for (currency, all) in history.totals {
            tiles.append(("taken in", Money.brief(all.minorUnits, currency)))
            guard all.unitsRefunded > 0 else { continue }
            tiles.append(("refunded", Money.brief(all.minorUnitsRefunded, currency)))
            tiles.append(("left after refunds", Money.brief(all.minorUnits - all.minorUnitsRefunded, currency)))
        }
        let orders = history.totals.reduce(0) { $0 + $1.all.orders }
        tiles += [("orders", Words.count(orders)), ("buyers", Words.count(buyers.bought))]
        if let half = buyers.halfAfter { tiles.append(("half paid within", Self.span(half))) }
        if let most = buyers.mostAfter { tiles.append(("9 of 10 within", Self.span(most))) }
        if let busiest = history.carts.max() {
            tiles.append(("carts, busiest", Words.rate(Double(busiest) / clock.stepSeconds)))
        }
        if terms.held > 0 { tiles.append(("held now", Words.count(terms.held))) }
        return HTML.tiles(tiles.map { (name: $0.0, figure: $0.1) })
    }

    // MARK: - How it went

    private var stock: String {
        let sold = history.level(["purchased"], less: ["refunded"])
        let taken = history.level(["held"], less: ["expired", "cancelled", "sale_ended", "refunded"])
        // Level between the restocks, each of which is a step.
        let levels = history.stocks.map { ($0.from, Double($0.stock * terms.itemCount)) }
        let nexts = levels.dropFirst().map(\.0) + [clock.axis.upperBound]
        let units = zip(levels, nexts).flatMap { level, next in [level, (next, level.1)] }
            .filter { clock.axis.contains($0.0) }
        return chart(
            "The stock as it went",
            [
                .init("all units", .gray, units), .init("held or sold", .orange, points(taken), .area),
                .init("sold", .green, points(sold), .area),
            ])
    }

    private var rates: String {
        let orders = (0..<clock.count).map { step in history.takings.values.reduce(0) { $0 + $1[step].orders } }
        let perSecond = 1 / clock.stepSeconds
        return chart(
            "Carts and orders a second",
            [
                .init("carts opened", .blue, points(history.carts, times: perSecond)),
                .init("orders", .green, points(orders, times: perSecond)),
            ], stepMin: 0.1)
    }

    private var takings: String {
        history.totals.prefix(1).map { total in
            let steps = history.takings[total.currency] ?? []
            func sums(_ minorUnits: (SaleHistory.Takings) -> Int64) -> LineChart.Points {
                var sum: Int64 = 0
                let values = steps.enumerated().map { step, takings in
                    sum += minorUnits(takings)
                    return (clock.end(of: step), Money.major(sum, total.currency))
                }
                return [(clock.axis.lowerBound, 0)] + values
            }
            let orders = sums { $0.minorUnits }
            guard total.all.unitsRefunded > 0 else {
                return chart("Taken in, \(total.currency)", [.init("orders", .green, orders, .area)])
            }
            let left = sums { $0.minorUnits - $0.minorUnitsRefunded }
            return chart(
                "Taken in, \(total.currency)",
                [.init("orders", .gray, orders), .init("less refunds", .green, left, .area)])
        }.joined()
    }

    private var line: String {
        guard !history.line.isEmpty else { return "" }
        func points(_ value: (SaleHistory.LineStep) -> Int) -> LineChart.Points {
            history.line.map { (clock.end(of: $0.step), Double(value($0))) }
        }
        let numbers = chart(
            "The line", [.init("called", .blue, points(\.called), .area), .init("waiting", .orange, points(\.waiting))])
        return numbers + chart("Pace: buyers called a second", [.init("pace", .purple, points(\.pace))])
    }

    private var metrics: MetricsHistory? {
        if case .found(let metrics) = answer { metrics } else { nil }
    }

    private var missing: String {
        guard let why = answer.missing else { return "" }
        return "<h2>Refusals, latency and alerts</h2><p>They are missing: \(why.escapedForHTML).</p>"
    }

    private var refusals: String {
        guard let metrics, metrics.refused.count > 0 else { return "" }
        let colors: [PageColor] = [.gray, .blue, .orange, .purple, .cyan, .red, .green]
        let seen = metrics.refusals.filter { $0.value.contains { $0.value > 0 } }
        let reasons = seen.sorted { one, other in
            (other.value.reduce(0) { $0 + $1.value }, one.key) < (one.value.reduce(0) { $0 + $1.value }, other.key)
        }
        let series = zip(reasons, colors).map { reason, color in LineChart.Series(reason.key, color, reason.value) }
        return chart("Refusals a second, by reason", series, stepMin: 0.1)
            + HTML.patterns("What refused requests have in common", TableSummary(metrics.refused), .red)
    }

    private var latency: String {
        guard let metrics, !metrics.latency.isEmpty else { return "" }
        let series = zip(metrics.latency, [PageColor.blue, .orange, .green]).map { latency, color in
            LineChart.Series(latency.name, color, latency.points)
        }
        return chart("Latency", series, stepMin: 1e-4) { $0 > 0 ? Words.rough($0) : "0" }
    }

    // MARK: - Who got how far

    private var funnel: String {
        let buyers = history.buyers
        var steps = [
            ("took something", buyers.took), ("bought", buyers.bought),
        ]
        if buyers.joined > 0 {
            steps = [("joined the line", buyers.joined), ("came when called", buyers.came)] + steps
        }
        let most = steps.map(\.1).max() ?? 1
        let bars = steps.map { name, count in
            HTML.Bar(name, share: Double(count) / Double(max(most, 1)), Words.count(count))
        }
        return "<h2>Buyers, from the door to the order</h2>" + HTML.bars(bars, .blue)
    }

    private var ends: String {
        let refunded = history.total("refunded")
        var counts = SaleHistory.ends.map { end in
            (SaleHistory.words[end] ?? end, end == "purchased" ? history.total(end) - refunded : history.total(end))
        }
        counts.append(("still held", terms.held))
        let bars = counts.filter { $0.1 > 0 }.map { name, count in
            let share = Double(count) / Double(max(held, 1))
            return HTML.Bar(name, share: share, "\(Words.percent(share)), \(Words.count(count))")
        }
        return "<h2>What became of \(Words.count(held)) holds</h2>" + HTML.bars(bars, .orange)
    }

    private var commonalities: String {
        let unpaid = TableSummary(history.unpaid, patternsMax: Self.patternsMax)
        let bought = TableSummary(history.bought, patternsMax: Self.patternsMax)
        return HTML.patterns("What holds whose units came back have in common", unpaid, .orange)
            + HTML.patterns("What bought units have in common", bought, .green)
    }

    // MARK: - Who did what

    private var alerts: String {
        guard let metrics, !metrics.alerts.isEmpty else { return "" }
        return HTML.table(
            "Alerts that fired", ["alert", "from", "to"],
            metrics.alerts.map { [$0.name, Self.span($0.first), Self.span($0.last)] })
    }

    private var sources: String {
        let ledger = "From the ledger, as it was at \(UTCTime.words(terms.now)) UTC."
        let more =
            switch answer {
            case .notAsked:
                " No Prometheus was asked: refusals, latency and alerts are not told (<code>--prometheus</code>)."
            case .missing: ""
            case .found(let metrics) where metrics.isEmpty:
                " Prometheus has nothing of that time: no refusal, latency or alert is told."
            case .found: " Refusals, latency and alerts are from Prometheus."
            }
        let sample = history.sampledFrom == 1 ? "" : ", of one cart in \(history.sampledFrom)"
        let time =
            " Charts count from the sale's start. Patterns are by TSum: first those that shorten a table most\(sample)."
        return "<p class=\"muted end\">\(ledger)\(more)\(held > 0 ? time : "")</p>"
    }

    // MARK: - Drawing

    /// The acts are marked in every chart, where they are within its time.
    private func chart(
        _ title: String, _ series: [LineChart.Series], stepMin: Double = 1, format: ((Double) -> String)? = nil
    ) -> String {
        LineChart(
            title: title, series: series, time: clock.axis,
            marks: .init("change of the sale", at: history.acts.map { clock.seconds($0.at) }), stepMin: stepMin,
            format: format
        ).html
    }

    /// A value at the end of each step, and nothing before the first.
    private func points(_ values: [Int], times factor: Double = 1) -> LineChart.Points {
        [(clock.axis.lowerBound, 0)] + values.enumerated().map { (clock.end(of: $0), Double($1) * factor) }
    }

    /// `0.8 s`, `42 s`, `3 min 5 s`, `2 h 10 min`.
    static func span(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        switch whole {
        case ..<0: return "\(span(-seconds)) before"
        case ..<10: return "\(Words.fixed(seconds, 1)) s"
        case ..<60: return "\(whole) s"
        case ..<3_600: return whole % 60 == 0 ? "\(whole / 60) min" : "\(whole / 60) min \(whole % 60) s"
        default: return whole % 3_600 < 60 ? "\(whole / 3_600) h" : "\(whole / 3_600) h \(whole % 3_600 / 60) min"
        }
    }
}
