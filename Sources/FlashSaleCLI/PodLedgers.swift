// The ledgers of all pods, as commands reach them: each by a client that ends with its use.

import ArgumentParser
import FlashSale
import LibpqClient
import Logging
import PostgresLedger

extension PodID {
    /// For people.
    var title: String { self == .home ? "home" : "pod \(self)" }

    /// What a sentence calls the setting of its ledger.
    var databaseVariable: String {
        self == .home ? Setting.databaseURL.variable : PodStores.databaseVariable(of: self)
    }

    /// Reads an option.
    static func read(_ text: String) throws -> PodID {
        guard let pod = PodID(text) else {
            throw ValidationError("A pod has a number from 0 to \(PodID.greatest); 0 is home.")
        }
        return pod
    }
}

extension Settings {
    /// Those that a command asks: the one that it names, or all.
    ///
    /// - Throws: `Failure` if no setting says where the pod is.
    func pods(named pod: PodID?) throws -> [PodID] {
        guard let pod else { return allPods }
        guard allPods.contains(pod) else { throw Failure("\(Setting.pods.variable) names no pod \(pod)") }
        return [pod]
    }

    /// Where a sale is to be looked for. Who has no settings of its pod may have named the pod's stores as if they were
    /// home's.
    func pod(of sale: SaleID) -> PodID { allPods.contains(sale.pod) ? sale.pod : .home }

    /// Lends the catalog of a pod's ledger.
    ///
    /// - Throws: `Failure` with a sentence that says what is wrong with the settings or the ledger.
    func withCatalog<Value>(
        of pod: PodID, _ body: (PostgresSaleCatalog) async throws -> Value
    ) async throws -> Value {
        let client = try ledgerClient(of: pod) { configuration in
            configuration.applicationName = "flashsale-sale"
            configuration.connectTimeout = .seconds(10)
            configuration.acquireTimeout = .seconds(10)
            configuration.statementTimeout = .seconds(60)
        }
        do {
            return try await client.lend { client in
                let logger = Logger(label: "flashsale.sale") { _ in SwiftLogNoOpLogHandler() }
                let state = try await Migrator(client: client, logger: logger).report().state
                guard state.isServed else { throw Failure(pods.isEmpty ? "\(state)" : "\(pod.title): \(state)") }
                if !pods.isEmpty, try await PostgresShopPlacements(client: client).known().pod != pod {
                    throw Failure.isAnother(pod)
                }
                return try await body(PostgresSaleCatalog(reader: client, bulk: client))
            }
        } catch {
            if error is Failure || error is ValidationError { throw error }
            let ledger = pods.isEmpty ? "the ledger" : "the ledger of \(pod.title)"
            throw Failure("\(ledger) cannot be used: \(error)")
        }
    }

    /// Lends what the ledgers of all pods know of shops.
    func withPlacements<Value>(_ body: ([PodID: any ShopPlacements]) async throws -> Value) async throws -> Value {
        var clients: [PodID: PostgresClient] = [:]
        do {
            for pod in allPods {
                clients[pod] = try ledgerClient(of: pod) { configuration in
                    configuration.applicationName = "flashsale-shops"
                    configuration.statementTimeout = .seconds(10)
                }
            }
            let value = try await body(clients.mapValues { PostgresShopPlacements(client: $0) })
            for client in clients.values { await client.shutdown() }
            return value
        } catch {
            for client in clients.values { await client.shutdown() }
            throw error is Failure || error is ValidationError ? error : Failure("a ledger cannot be used: \(error)")
        }
    }

    /// The pod that has the next sales of a shop, by the latest word of the ledgers that answer. The ledger itself
    /// refuses what it has no word for.
    func pod(having shop: ShopID) async throws -> PodID {
        guard !pods.isEmpty else { return .home }
        return try await withPlacements { ledgers in
            let known = await ShopMover(ledgers).known()
            let pod = known.map { $0.placement(of: shop) }.max()?.pod ?? .home
            guard known.contains(where: { $0.pod == pod }) else { throw Failure.isAnother(pod) }
            return pod
        }
    }

    private func ledgerClient(
        of pod: PodID, _ adjust: (inout PostgresClientConfiguration) -> Void
    ) throws -> PostgresClient {
        var configuration = PostgresClientConfiguration(url: try of(pod).ledgerURL())
        adjust(&configuration)
        do {
            return try PostgresClient(configuration)
        } catch {
            throw Failure("\(pod.databaseVariable): \(error.message)")
        }
    }
}

extension Failure {
    static func isAnother(_ pod: PodID) -> Failure { Failure("\(pod.title) does not answer, or is another pod") }

    static func noSale(_ id: SaleID, _ settings: Settings) -> Failure {
        let hint = "; \(Setting.pods.variable) does not name its pod, \(id.pod)"
        return Failure("the ledger has no sale \(id)" + (settings.allPods.contains(id.pod) ? "" : hint))
    }
}
