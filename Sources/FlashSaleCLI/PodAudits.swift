// The audits of several pods as one: what each has seen, and which pods could not be audited.

import Audit
import FlashSale
import Foundation

struct PodAudits: Encodable {
    private struct One: Encodable {
        let pod: UInt8
        let report: AuditReport?
        /// Why there is no report.
        let problem: String?
    }

    private var all: [(pod: PodID, audit: Result<AuditReport, any Error>)] = []

    mutating func add(_ pod: PodID, _ audit: Result<AuditReport, any Error>) { all.append((pod, audit)) }

    /// Whether no audit has found a breach.
    var isClean: Bool {
        all.allSatisfy { if case .success(let report) = $0.audit { report.isClean } else { true } }
    }

    /// A sentence for each pod that was not audited, or not all of it.
    var problems: [String] {
        all.compactMap { pod, audit in
            switch audit {
            case .success(let report): report.problem.map { all.count == 1 ? $0 : "\(pod.title): \($0)" }
            case .failure(let error): "\(pod.title) was not audited: \(error)"
            }
        }
    }

    /// Of one pod there is its report, and nothing around it.
    private var only: AuditReport? {
        guard all.count == 1, case .success(let report) = all[0].audit else { return nil }
        return report
    }

    /// For a terminal.
    var table: String {
        if let only { return only.table }
        return all.map { pod, audit in
            switch audit {
            case .success(let report): "\(pod.title)\n\(report.table)"
            case .failure: "\(pod.title)\nNOT AUDITED"
            }
        }.joined(separator: "\n\n")
    }

    /// As a JSON object; docs/AUDIT.md describes it.
    func json() throws -> String {
        if let only { return try only.json() }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    private enum CodingKeys: CodingKey {
        case passed, pods
    }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: CodingKeys.self)
        try object.encode(isClean && problems.isEmpty, forKey: .passed)
        let pods = all.map { pod, audit in
            switch audit {
            case .success(let report): One(pod: pod.number, report: report, problem: nil)
            case .failure(let error): One(pod: pod.number, report: nil, problem: "\(error)")
            }
        }
        try object.encode(pods, forKey: .pods)
    }
}
