// Reads the JSON of the boards.

import Dashboards
import Foundation
import Textbook

extension JSONValue {
    var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    var isTrue: Bool { self == .bool(true) }
}

extension Dashboard {
    /// The panels that are not headings, as JSON.
    var panelObjects: [JSONValue] { allObjects.filter { $0["type"] != "row" } }
    var allObjects: [JSONValue] { json["panels"]?.array ?? [] }
    var targetObjects: [JSONValue] { panelObjects.flatMap { $0["targets"]?.array ?? [] } }
    var variableObjects: [JSONValue] { json["templating"]?["list"]?.array ?? [] }
}

/// The repository that this test was built from.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let boards = root.appendingPathComponent("grafana/dashboards")
    static let rules = root.appendingPathComponent("prometheus/rules")

    /// The rules as one text; nil if there are none.
    static let ruleText: String? = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: rules.path))?.sorted() ?? []
        let texts = names.filter { $0.hasSuffix(".yml") }.compactMap {
            try? String(contentsOf: rules.appendingPathComponent($0), encoding: .utf8)
        }
        return texts.isEmpty ? nil : texts.joined(separator: "\n")
    }()
}
