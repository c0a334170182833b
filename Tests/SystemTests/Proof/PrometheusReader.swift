// Reads Prometheus over its HTTP API, as Grafana does.

import Foundation
import Glibc

/// A Prometheus, asked over a time.
struct PrometheusReader: Sendable {
    /// A series of an answer, its samples in order.
    struct Series: Decodable, Sendable {
        let metric: [String: String]
        let values: [Double]

        private enum Key: CodingKey { case metric, value, values }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: Key.self)
            metric = try members.decode([String: String].self, forKey: .metric)
            let samples = try members.decodeIfPresent([Sample].self, forKey: .values)
            values = try (samples ?? [members.decode(Sample.self, forKey: .value)]).map(\.value)
        }
    }

    /// A loaded rule, and the result of its last evaluation.
    struct Rule: Decodable, Sendable {
        let name: String
        let query: String
        let type: String
        let labels: [String: String]?
        let health: String
        let lastError: String?
    }

    /// A refusal of Prometheus.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    let port: Int

    /// The value of an expression now, or at another moment.
    func now(_ expression: String, at moment: Date? = nil) async throws -> [Series] {
        var form = ["query": expression]
        form["time"] = moment.map { "\($0.timeIntervalSince1970)" }
        return try await ask("query", form, for: Vector.self).result
    }

    /// The values of an expression over a time, a step apart.
    func range(_ expression: String, from start: Date, to end: Date, step: Int) async throws -> [Series] {
        let form = [
            "query": expression, "start": "\(start.timeIntervalSince1970)", "end": "\(end.timeIntervalSince1970)",
            "step": "\(step)",
        ]
        return try await ask("query_range", form, for: Vector.self).result
    }

    /// The traces in the exemplars of an expression's series.
    func traces(_ expression: String, from start: Date, to end: Date) async throws -> Set<String> {
        let form = [
            "query": expression, "start": "\(start.timeIntervalSince1970)", "end": "\(end.timeIntervalSince1970)",
        ]
        let entries = try await ask("query_exemplars", form, for: [Examples].self)
        return Set(entries.flatMap(\.exemplars).compactMap { $0.labels["trace_id"] })
    }

    /// All rules, recording and alerting.
    func rules() async throws -> [Rule] {
        try await ask("rules", [:], for: RuleGroups.self).groups.flatMap(\.rules)
    }

    /// The alerts that fire now, each by its name and distinguishing labels.
    func firing() async throws -> Set<String> {
        Set(try await now(#"ALERTS{alertstate="firing"}"#).map { ProofAlert.name(of: $0.metric) })
    }

    private func ask<Answer: Decodable>(_ path: String, _ form: [String: String], for: Answer.Type) async throws
        -> Answer
    {
        let pairs = form.map { "\($0.key)=\(Self.escaped($0.value))" }.joined(separator: "&")
        let body = try await Self.get(path: "/api/v1/\(path)?\(pairs)", port: port)
        let answer = try JSONDecoder().decode(Envelope<Answer>.self, from: body)
        guard let content = answer.data else { throw Refusal(description: answer.error ?? "no answer") }
        return content
    }

    /// The answer of a server on this machine. It uses HTTP/1.0, so that an answer of any length ends with its
    /// connection.
    static func get(path: String, port: Int) async throws -> Data {
        try await Crowd.run(1, ports: []) { _, _ in
            guard let descriptor = loopbackSocket(port: port, patienceSeconds: patienceSeconds) else {
                throw Refusal(description: "no server listens on port \(port)")
            }
            defer { close(descriptor) }
            let question = Array("GET \(path) HTTP/1.0\r\n\r\n".utf8)
            guard Glibc.send(descriptor, question, question.count, Int32(MSG_NOSIGNAL)) == question.count else {
                throw Refusal(description: "port \(port) accepts no request")
            }
            var received = Data()
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = recv(descriptor, &buffer, buffer.count, 0), count != 0 {
                guard count > 0 else { throw Refusal(description: "port \(port) fell silent") }
                received.append(contentsOf: buffer[..<count])
            }
            guard let end = received.range(of: Data("\r\n\r\n".utf8)) else { return Data() }
            return received[end.upperBound...]
        }[0]
    }

    /// A machine that is busy with other work answers late.
    private static let patienceSeconds = 120

    private static func escaped(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            let character = Character(UnicodeScalar(byte))
            let isPlain = character.isASCII && (character.isLetter || character.isNumber)
            result += isPlain ? String(character) : "%" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
    }
}

private struct Envelope<Content: Decodable>: Decodable {
    let data: Content?
    let error: String?
}

private struct Vector: Decodable {
    let result: [PrometheusReader.Series]
}

private struct Examples: Decodable {
    struct Example: Decodable { let labels: [String: String] }

    let exemplars: [Example]
}

private struct RuleGroups: Decodable {
    struct Group: Decodable { let rules: [PrometheusReader.Rule] }

    let groups: [Group]
}

/// A time, and a value written as text: JSON knows no NaN.
private struct Sample: Decodable {
    let value: Double

    init(from decoder: any Decoder) throws {
        var parts = try decoder.unkeyedContainer()
        _ = try parts.decode(Double.self)
        value = Double(try parts.decode(String.self)) ?? .nan
    }
}
