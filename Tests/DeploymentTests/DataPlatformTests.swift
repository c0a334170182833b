// deploy/data: the files of the platform against each other, against the ledger's publication, and against the keys
// that each program documents. `make cdc` answers their queries; `scripts/check-platform` runs what PyPI has of them.

import Foundation
import Testing

@Suite("The files of deploy/data")
struct DataPlatformTests {
    private static let folder = "deploy/data"
    private static let tables = ["sales", "items", "orders", "units"]

    private static func json(_ path: String) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(Checkout.text("\(folder)/\(path)").utf8))
        return try #require(object as? [String: Any])
    }

    @Test(
        "Pinot's tables have the columns that are published, from their topic, by the message's key", arguments: tables)
    func pinot(name: String) throws {
        let schema = try Self.json("pinot/\(name).schema.json")
        let table = try Self.json("pinot/\(name).table.json")
        #expect(Set(schema.keys).isSubset(of: Self.schemaKeys) && Set(table.keys).isSubset(of: Self.tableKeys))
        let fields = schema.keys.filter { $0.hasSuffix("FieldSpecs") }.flatMap {
            schema[$0] as? [[String: Any]] ?? []
        }
        let columns = Set(fields.compactMap { $0["name"] as? String })
        #expect(fields.allSatisfy { Self.types.contains($0["dataType"] as? String ?? "") })
        let publication = Checkout.text("\(Self.folder)/publication.sql")
        let published = try #require(
            publication.firstMatch(of: try Regex("    \(name) \\(([a-z_, ]+)\\)", as: (Substring, Substring).self)))
        let told = Set(published.output.1.split(separator: ", ").map(String.init))
        #expect(columns == told.union(["told_at", "lsn"]))

        let ingestion = try #require(table["ingestionConfig"] as? [String: Any])
        let functions = try #require(ingestion["transformConfigs"] as? [[String: String]])
        #expect(Set(functions.compactMap { $0["columnName"] }) == columns && functions.count == columns.count)
        for function in functions.compactMap({ $0["transformFunction"] }) {
            #expect(function.contains(#/^jsonPath(Long|String)\((after|source), '\$\.[a-z_]+'(, 0)?\)$/#))
        }
        let key = try #require(schema["primaryKeyColumns"] as? [String])
        let upsert = try #require(table["upsertConfig"] as? [String: Any])
        let segments = try #require(table["segmentsConfig"] as? [String: Any])
        #expect(!key.isEmpty && columns.isSuperset(of: key + ["lsn"]))
        #expect(upsert["mode"] as? String == "FULL" && upsert["comparisonColumns"] as? [String] == ["lsn"])
        #expect(columns.contains(segments["timeColumnName"] as? String ?? ""))
        let ledger = Checkout.text("\(Self.folder)/README.md")
        let keys = key.map { "`\($0)`" }.joined(separator: ", ")
        let isDocumented = ledger.contains("| `flashsale.\(name)` | \(keys) |")
        #expect(isDocumented, "the key of the messages is that of the table")
        let text = Checkout.text("\(Self.folder)/pinot/\(name).table.json")
        #expect(text.contains("\"stream.kafka.topic.name\": \"flashsale.\(name)\""))
    }

    @Test("Trino's catalogs have keys that its connectors know, and those that the queries name")
    func trino() {
        let files = Checkout.files(in: "\(Self.folder)/trino", suffix: ".properties")
        let lines = files.flatMap { Checkout.text($0).split(separator: "\n") }.filter { !$0.hasPrefix("#") }
        let keys = lines.compactMap { $0.split(separator: "=", maxSplits: 1).first.map(String.init) }
        #expect(!keys.isEmpty && Set(keys).isSubset(of: Self.trinoKeys), "\(keys)")
        for query in Checkout.files(in: "\(Self.folder)/queries", suffix: ".sql") {
            let named = Checkout.text(query).matches(of: #/(?:from|join|into) ([a-z]+)\.(?:"default"|public)\.[a-z_]+/#)
            #expect(!named.isEmpty, "\(query)")
            for match in named { #expect(files.contains("\(Self.folder)/trino/\(match.1).properties")) }
        }
    }

    @Test("Superset asks the queries that `make cdc` proves, and its files name each other")
    func superset() {
        let folder = "\(Self.folder)/superset"
        let texts = ["databases", "datasets/Trino", "charts", "dashboards"].flatMap {
            Checkout.files(in: "\(folder)/\($0)", suffix: ".yaml").map(Checkout.text)
        }
        let own = texts.compactMap { $0.firstMatch(of: #/(?m)^uuid: (\S+)$/#).map { String($0.1) } }
        let named = texts.flatMap { $0.matches(of: #/(?m)(?:_uuid|^ +uuid): (\S+)$/#).map { String($0.1) } }
        #expect(own.count == 9 && Set(own).count == 9 && Set(named).isSubset(of: own))
        for path in Checkout.files(in: "\(folder)/datasets/Trino", suffix: ".yaml") {
            let name = path.split(separator: "/").last.map { $0.replacing(".yaml", with: ".sql") } ?? ""
            let indented = Checkout.text("\(Self.folder)/queries/\(name)").split(separator: "\n").map { "  \($0)\n" }
            #expect(!indented.isEmpty && Checkout.text(path).contains("sql: |\n\(indented.joined())"), "\(path)")
        }
    }

    @Test("Airflow's DAG is Python and runs a query that is there", .enabled(if: Promtool.path(of: "python3") != nil))
    func airflow() throws {
        let path = "\(Self.folder)/airflow/daily_summary.py"
        let (status, output) = try Promtool.run(
            "python3", ["-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())", path])
        #expect(status == 0, "\(output)")
        let queries = Checkout.text(path).matches(of: #/sql="([a-z_]+\.sql)"/#)
        #expect(queries.count == 1)
        for query in queries { #expect(Checkout.exists("\(Self.folder)/queries/\(query.1)")) }
    }

    @Test("The topics that docker-compose makes are those of the list")
    func topics() throws {
        let text = Checkout.text("\(Self.folder)/compose.yml")
        for (name, value) in try Self.json("topics.json") {
            let topic = try #require(value as? [String: Any])
            let policy = try #require(topic["cleanup.policy"] as? String)
            let partitions = try #require(topic["partitions"] as? Int)
            var line = "make \(name) \(partitions) --config cleanup.policy=\(policy)"
            if let retention = topic["retention.ms"] as? Int { line += " --config retention.ms=\(retention)" }
            #expect(text.contains(line + "\n"), "\(line)")
        }
    }

    /// Of the documentation of each program, those that these files may have.
    private static let schemaKeys: Set = [
        "schemaName", "primaryKeyColumns", "dimensionFieldSpecs", "metricFieldSpecs", "dateTimeFieldSpecs",
    ]
    private static let tableKeys: Set = [
        "tableName", "tableType", "tenants", "segmentsConfig", "tableIndexConfig", "ingestionConfig", "upsertConfig",
        "routing", "metadata",
    ]
    private static let types: Set = ["LONG", "STRING", "TIMESTAMP"]
    private static let trinoKeys: Set = [
        "connector.name", "pinot.controller-urls", "connection-url", "connection-user", "connection-password",
    ]
}
