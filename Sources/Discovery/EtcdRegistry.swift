// Instances in etcd, by its gateway of JSON over HTTP: a key for each, under a lease that ends if nobody extends it.
//
//     none ──grant, put──► leased ──beat: keep alive──► leased
//     leased ──etcd does not know the lease any more──► none     (it was silent for too long, or etcd lost its data)
//
// Trust rule: etcd's clock alone decides who is gone.

internal import PlainHTTP
public import Textbook

/// A registry in etcd, 3.4 or newer.
public actor EtcdRegistry: Registry {
    private struct Standing {
        let lease: String
        let instance: Instance
    }

    private let servers: [HTTPExchange]
    /// What the keys of instances begin with.
    private let prefix: String
    private let leaseSeconds: Int
    /// The server that answered last.
    private var current = 0
    private var standings: [String: Standing] = [:]

    /// - Parameters:
    ///   - prefix: what the keys of this deployment begin with, such as `flashsale`.
    ///   - silence: how long an instance may be silent, in whole seconds. etcd does not take less than one and a half
    ///     of its election timeout.
    public init(
        servers: [HostPort], prefix: String, silence: Duration = RegistryLimits.silence
    ) {
        precondition(!servers.isEmpty, "somebody has to be asked")
        // All are asked within the time of a call.
        let timeout = RegistryLimits.call / (2 * servers.count)
        self.servers = servers.map { server in
            HTTPExchange(with: server, timeout: timeout, bytesMax: RegistryLimits.answerBytes)
        }
        self.prefix = "/\(prefix)/instances/"
        leaseSeconds = Int(silence / .seconds(1))
    }

    public func beat(_ instance: Instance) async throws(RegistryFailure) {
        if let standing = standings[instance.id], standing.instance == instance,
            try await keepAlive(standing.lease)
        {
            return
        }
        standings[instance.id] = nil
        guard let lease = try await ask("/v3/lease/grant", ["TTL": .integer(leaseSeconds)])["ID"]?.string else {
            throw RegistryFailure("etcd gave no lease")
        }
        var value = JSONWriter()
        instance.write(to: &value)
        _ = try await ask(
            "/v3/kv/put",
            [
                "key": .string(Self.base64(key(instance).utf8)), "value": .string(Self.base64(value.bytes)),
                "lease": .string(lease),
            ])
        standings[instance.id] = Standing(lease: lease, instance: instance)
    }

    public func instances() async throws(RegistryFailure) -> [Instance] {
        // All keys with the prefix: up to the first that does not have it.
        var end = Array(prefix.utf8)
        end[end.count - 1] += 1
        let found = try await ask(
            "/v3/kv/range",
            [
                "key": .string(Self.base64(prefix.utf8)), "range_end": .string(Self.base64(end)),
                "limit": .integer(RegistryLimits.instances),
            ])
        let entries = found["kvs"]?.array ?? []
        let listed = entries.compactMap { entry -> Instance? in
            guard let text = entry["value"]?.string, let value = Base64.decode(text),
                let json = try? JSONValue(parsing: value, depth: 4)
            else { return nil }
            return Instance(json)
        }
        // A key that somebody removed is put again, whatever its lease says.
        let ids = Set(listed.map(\.id))
        if entries.count < RegistryLimits.instances { standings = standings.filter { ids.contains($0.key) } }
        return listed
    }

    public func leave(_ instance: Instance) async throws(RegistryFailure) {
        standings[instance.id] = nil
        _ = try await ask("/v3/kv/deleterange", ["key": .string(Self.base64(key(instance).utf8))])
    }

    private func key(_ instance: Instance) -> String { prefix + instance.id }

    /// Whether the lease stood until now, and stands on.
    private func keepAlive(_ lease: String) async throws(RegistryFailure) -> Bool {
        let answer = try await ask("/v3/lease/keepalive", ["ID": .string(lease)])["result"]
        // A lease that is not known has no time left, and etcd leaves zeros out.
        return answer?["TTL"]?.string.flatMap { Int($0) } ?? 0 > 0
    }

    /// Asks one server after the other, the one that answered last first.
    private func ask(_ path: String, _ question: [String: JSONValue]) async throws(RegistryFailure) -> JSONValue {
        let body = Array(JSONValue.object(question).compactText.utf8)
        var failure = RegistryFailure("no server of etcd was asked")
        for _ in servers {
            let exchange = servers[current]
            do {
                let answer = try await exchange.post(path, json: body)
                guard let json = try? JSONValue(parsing: answer.body, depth: 16) else {
                    throw RegistryFailure("what answers at \(exchange.server) is no etcd")
                }
                guard answer.status == 200 else {
                    let why = json["error"]?.string ?? "status \(answer.status)"
                    throw RegistryFailure("etcd at \(exchange.server) refuses: \(why)")
                }
                return json
            } catch let error as RegistryFailure {
                failure = error
            } catch {
                failure = RegistryFailure("etcd at \(exchange.server) cannot be asked: \(error)")
            }
            current = (current + 1) % servers.count
        }
        throw failure
    }

    private static func base64(_ bytes: some Sequence<UInt8>) -> String { Base64.encode(Array(bytes)) }
}
