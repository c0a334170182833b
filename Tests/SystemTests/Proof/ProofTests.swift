// One run that shows that all of it is alive: every panel, rule, alert and family. The short form runs with all tests,
// the long one, with faults and pictures, by `make proof`.

import Dashboards
import DevStack
import Foundation
import Testing

extension SystemTests {
    @Suite("What boards and rules show")
    struct ProofTests {
        @Test("Every panel, rule and family has data while buyers are at work", .enabled(if: !isLong && isPossible))
        func short() async throws {
            try await Self.prove(seconds: 20, faults: [])
        }

        @Test("Every panel, rule and family has data, and every alert fires and resolves", .enabled(if: isLong))
        func long() async throws {
            try await Self.prove(seconds: 40, faults: [])
        }

        private static func prove(seconds: Int, faults: [Int]) async throws {
            let report = try await ProofStage.with { stage in
                let sale = try await stage.openSale()
                let buyers = try stage.sendBuyers(to: sale, rate: 40, seconds: 600)
                try await ProofVisit(service: stage.service, sale: sale).run()
                _ = try await eventually("buyers have been at work", within: .seconds(seconds + 1)) {
                    Date().timeIntervalSince(stage.start) > Double(seconds) ? true : nil
                }
                var report = ProofReport()
                let judge = ProofJudge(
                    prometheus: stage.prometheus, start: stage.start, end: Date(), hasFaults: !faults.isEmpty)
                try await judge.judgePanels(&report)
                try await judge.judgeRules(&report)
                try await judge.judgeFamilies(&report)
                let traces = CollectorSink.spans(of: try stage.sink.requests()).map { span in
                    span.traceID.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
                }
                try await judge.judgeExemplars(&report, collected: Set(traces))
                buyers.send(.interrupt)
                return report
            }
            let matrix = try #require(report)
            if isLong || !matrix.failures.isEmpty { print(matrix.text) }
            fflush(nil)
            for line in matrix.failures { Issue.record("\(line.kind) \(line.name): \(line.remark)") }
        }

        private static let isLong = ProcessInfo.processInfo.environment["PROOF"] == "long"
        /// Prometheus is optional, as Debian has it.
        private static let isPossible = FileManager.default.isExecutableFile(atPath: "/usr/bin/prometheus")
    }
}
