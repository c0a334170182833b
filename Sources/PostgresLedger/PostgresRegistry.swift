// The registry in the ledger: who has beaten lately, by the clock of Postgres. Schema/Functions/instances.sql decides.

public import Discovery
internal import FlashSale
public import LibpqClient
internal import Textbook

/// The instances over the same ledger.
public struct PostgresRegistry: Registry {
    private let client: PostgresClient

    /// - Parameter client: has a connection free when buyers have taken all others, or the service is listed as gone
    ///   when it is busy.
    public init(client: PostgresClient) {
        self.client = client
    }

    public func beat(_ instance: Instance) async throws(RegistryFailure) {
        _ = try await ask(
            Statements.beatInstance,
            [
                .text(instance.id), .text(instance.name), .text("\(instance.api)"), .text("\(instance.operations)"),
                .text(instance.build), .timestamptz(instance.startedAt.microseconds),
            ]
        ) { _ in }
    }

    public func instances() async throws(RegistryFailure) -> [Instance] {
        try await ask(Statements.knownInstances, [.int4(Int32(RegistryLimits.instances))]) {
            rows throws(PostgresError) in
            var found: [Instance] = []
            for row in rows {
                let (api, operations) = (ServiceAddress(try row[2].string()), ServiceAddress(try row[3].string()))
                guard let api, let operations else { continue }
                let instance = Instance(
                    id: try row[0].string(), name: try row[1].string(), api: api, operations: operations,
                    build: try row[4].string(),
                    startedAt: (try? row.time(5)).map { UTCTime(microseconds: $0.microseconds) } ?? UTCTime(seconds: 0))
                if let instance { found.append(instance) }
            }
            return found
        }
    }

    public func leave(_ instance: Instance) async throws(RegistryFailure) {
        _ = try await ask(Statements.removeInstance, [.text(instance.id)]) { _ in }
    }

    private func ask<Value>(
        _ statement: PostgresStatement, _ parameters: [PostgresValue],
        _ decode: (PostgresRows) throws(PostgresError) -> Value
    ) async throws(RegistryFailure) -> Value {
        do throws(PostgresError) {
            return try decode(try await client.query(statement, parameters, deadline: .now + RegistryLimits.call))
        } catch {
            throw RegistryFailure("\(error)")
        }
    }
}
