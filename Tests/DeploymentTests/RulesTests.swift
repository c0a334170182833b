// Checks the rules of Prometheus with promtool, the catalogue of metrics, their runbooks and their tests.

import Testing

@Suite("The alerts fire when they should, and each has a runbook")
struct RulesTests {
    @Test("The rules are read")
    func reading() {
        #expect(RuleChunk.alerts.count > 35)
        #expect(RuleChunk.records.count > 25)
        #expect(MetricNames.catalogue.count > 80)
        #expect(RuleChunk.alerts.allSatisfy { !$0.expression.isEmpty })
    }

    @Test(
        "promtool has no complaint", .enabled(if: Promtool.isInstalled),
        arguments: [
            ["check", "config", "prometheus/prometheus.yml"],
            ["check", "rules", "--lint=all", "--lint-fatal"] + Checkout.files(in: "prometheus/rules", suffix: ".yml"),
        ])
    func promtool(arguments: [String]) throws {
        let (status, output) = try Promtool.run(arguments)
        #expect(status == 0, "\(output)")
    }

    @Test("Every test of the rules passes", .enabled(if: Promtool.isInstalled))
    func tests() throws {
        let files = Checkout.files(in: "prometheus/tests", suffix: "_test.yml")
        for (status, output) in try OnAllCores.map(files, { try Promtool.run(["test", "rules", $0]) }) {
            #expect(status == 0, "\(output)")
        }
    }

    @Test("An alert has its severity, its values and its runbook", arguments: RuleChunk.alerts)
    func annotations(alert: RuleChunk) {
        #expect(["critical", "warning", "info", "none"].contains(alert.value(of: "severity")))
        #expect(alert.value(of: "summary")?.isEmpty == false)
        #expect(alert.value(of: "description")?.isEmpty == false)
        #expect(alert.value(of: "runbook_url") == "docs/runbooks/\(alert.name).md")
        #expect(alert.value(of: "dashboard_url")?.hasPrefix("/d/flashsale-") == true)
        // A page that flaps would wake a person each time.
        #expect((alert.value(of: "keep_firing_for") != nil) == (alert.value(of: "severity") == "critical"))
    }

    @Test("Every alert has its runbook, and every runbook its alert")
    func runbooks() {
        let pages = Checkout.files(in: "docs/runbooks", suffix: ".md").filter { !$0.hasSuffix("/README.md") }
        #expect(Set(pages) == Set(RuleChunk.alerts.map { "docs/runbooks/\($0.name).md" }))
        for page in pages {
            let text = Checkout.text(page)
            #expect(["## First look", "## Fix", "## Over"].allSatisfy(text.contains), "\(page)")
        }
    }

    @Test("Rules and runbooks name only metrics that exist")
    func names() {
        for rule in RuleChunk.all {
            let unknown = MetricNames.all(in: rule.expression).filter { !MetricNames.isKnown($0) }
            #expect(unknown.isEmpty, "\(rule.title)")
        }
        for page in Checkout.files(in: "docs/runbooks", suffix: ".md") {
            for query in Checkout.text(page).matches(of: #/(?s)```promql\n(.*?)```/#) {
                let unknown = MetricNames.all(in: String(query.1)).filter { !MetricNames.isKnown($0) }
                #expect(unknown.isEmpty, "\(page)")
            }
        }
    }

    @Test("The names in an expression are found")
    func namesInExpression() {
        let expression = "sum by (le) (rate(a_bucket{b=\"c{d}\"}[5m])) > on (x) group_left () 2 * e:f and g == 1e3"
        #expect(MetricNames.all(in: expression) == ["a_bucket", "e:f", "g"])
    }

    @Test("An alert has a case that fires and resolves, and one that stays quiet", arguments: RuleChunk.alerts)
    func cases(alert: RuleChunk) {
        let names = TestCase.all.map(\.name)
        // The watchdog always fires, on purpose.
        if alert.name == "Watchdog" {
            #expect(names.contains("Watchdog fires"))
        } else {
            #expect(names.contains("\(alert.title) fires and resolves"))
            #expect(names.contains { $0.hasPrefix("\(alert.title) stays quiet ") })
        }
    }

    @Test("A case does what its name says: silence, alarm and silence, or only silence", arguments: TestCase.ofAlerts)
    func course(test: TestCase) {
        // Runs of equal results, in the order of their times.
        let course = test.firing.reduce(into: [Bool]()) { if $0.last != $1 { $0.append($1) } }
        if test.name.hasSuffix(" fires and resolves") {
            #expect(course == [false, true, false])
        } else {
            #expect(course == [test.name == "Watchdog fires"])
        }
    }

    @Test("Every rule means the same to Prometheus 3 as to 2.42", arguments: RuleChunk.all)
    func versions(rule: RuleChunk) {
        let text = rule.expression
        // Renamed there to double_exponential_smoothing.
        #expect(!text.contains("holt_winters"))
        // Bounds of buckets are floats there, in every format: 1 is 1.0.
        #expect(!text.contains(#/\b(le|quantile)=~?"[0-9]+"/#))
        // A dot matches a line break there. Closed labels have no line break, but a free label could have one.
        for matcher in text.matches(of: #/(\w+)[=!]~"([^"]*)"/#) where matcher.2.contains(".") {
            #expect(matcher.1 == "status_code")
        }
        // A range does not include its left end there, so it has one sample less: three intervals keep two steps.
        for range in text.matches(of: #/([a-z_:]+)(?:\{[^}]*\})?\[(\d+)([smhd])\]/#) {
            let seconds = (Int(range.2) ?? 0) * (["s": 1, "m": 60, "h": 3_600, "d": 86_400][range.3] ?? 0)
            let interval = range.1.contains(":") ? 15 : 5
            #expect(seconds >= 3 * interval, "\(range.0)")
        }
    }

    @Test("A recorded series has a test with an expected value", arguments: RuleChunk.records)
    func recorded(rule: RuleChunk) {
        let expressions = TestCase.all.flatMap(\.lines).filter { $0.hasPrefix("      - expr: ") }
        #expect(expressions.contains { $0.contains(rule.name) })
    }

    @Test("A threshold ten times as high fails a test", .enabled(if: Promtool.isInstalled))
    func mutations() throws {
        let unnoticed = try OnAllCores.map(RuleChunk.alerts) { alert in
            let cases = TestCase.all.filter { $0.name == "\(alert.title) fires and resolves" }
            guard !alert.mutations.isEmpty else {
                return ["FlashSaleAbsent", "Watchdog"].contains(alert.name) ? [] : ["no threshold in \(alert.title)"]
            }
            let mutations = try alert.mutations.filter { try Promtool.passes(cases, with: $0) }
            return mutations.map(\.expression) + (try Promtool.passes(cases, with: alert) ? [] : [alert.title])
        }
        #expect(unnoticed.flatMap(\.self).isEmpty)
    }
}
