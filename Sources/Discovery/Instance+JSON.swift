// Instances as JSON: in a file, as values of etcd and ZooKeeper, and on the port for operations.

public import Textbook

extension Instance {
    /// Reads what ``write(to:)`` writes. The addresses are all that is needed: whoever writes a file by hand knows no
    /// more.
    init?(_ json: JSONValue) {
        func address(_ key: String) -> ServiceAddress? { json[key]?.string.flatMap { ServiceAddress($0) } }
        guard let api = address("api"), let operations = address("ops") else { return nil }
        self.init(
            id: json["id"]?.string ?? String(FNV1a("\(operations)".utf8).value, radix: 16),
            name: json["name"]?.string ?? operations.server.description, api: api, operations: operations,
            build: json["build"]?.string ?? "unknown",
            startedAt: json["started_at"]?.string.flatMap { UTCTime(rfc3339: $0) } ?? UTCTime(seconds: 0))
    }

    /// Writes one object.
    public func write(to json: inout JSONWriter) {
        json.beginObject()
        json.field("id", id)
        json.field("name", name)
        json.field("api", "\(api)")
        json.field("ops", "\(operations)")
        json.field("build", build)
        json.key("started_at")
        json.time(startedAt, fractionDigits: 3)
        json.endObject()
    }
}
