// The boards and the catalogue: every metric is on a panel, and every entry of a list is in use.

import Foundation
import Telemetry
import Testing

@testable import Dashboards

@Suite("What the boards cover")
struct CoverageTests {
    let boards = Dashboard.all()
    let families = Instruments().families.map(\.definition.name)

    var used: Set<String> {
        Set(boards.flatMap(\.panels).flatMap(\.targets).flatMap(\.expression.selectors).map(\.source.name))
    }

    @Test("Every family of the catalogue is on a panel")
    func familiesAreShown() {
        let dark = Set(families).subtracting(used).sorted()
        #expect(dark.isEmpty, "on no panel: \(dark)")
    }

    @Test("Every source in the lists beside the catalogue is on a panel")
    func listsAreUsed() {
        let lists = Source.recorded + Source.ofPrometheus + Source.exported + Source.ofLoad
        #expect(Set(lists.map(\.name)).subtracting(used).sorted() == [])
        #expect(Set(lists.map(\.name)).count == lists.count)
    }

    @Test("Only panels that compare sums read counters without their rates")
    func rawCounters() {
        let panels = boards.flatMap(\.panels).filter { panel in
            panel.targets.contains { $0.expression.selectors.contains(where: \.isRaw) }
        }
        #expect(panels.map(\.title) == ["Checkouts", "Purchases", "Locks"])
    }

    @Test("The annotations of the boards can occur")
    func moments() {
        let faults = Dashboard.moments(Vocabulary(Instruments())).flatMap(\.expression.faults)
        #expect(faults.isEmpty, "\(faults)")
    }

    @Test("The rules record what the boards read", .enabled(if: Repository.ruleText != nil))
    func recordedNames() throws {
        let text = try #require(Repository.ruleText)
        let missing = Source.recorded.map(\.name).filter { !text.contains("record: \($0)\n") }
        #expect(missing.isEmpty, "no rule records \(missing)")
    }

    @Test(
        "A board turns red where its alert fires", .enabled(if: Repository.ruleText != nil), arguments: AlertLimit.all)
    func alertLimits(limit: AlertLimit) throws {
        let text = try #require(Repository.ruleText)
        let rules = text.components(separatedBy: "- alert: ").dropFirst().filter { $0.hasPrefix(limit.alert + "\n") }
        #expect(!rules.isEmpty, "no rule has the alert \(limit.alert)")
        let numbers = rules.flatMap { rule in
            rule.matches(of: /[<>]=?\s*(?:bool\s*)?([0-9.]+(?:e[0-9]+)?)/).compactMap { Double($0.1) }
        }
        #expect(
            numbers.contains(limit.value), "\(limit.alert) compares with \(numbers), the boards with \(limit.value)")
    }
}
