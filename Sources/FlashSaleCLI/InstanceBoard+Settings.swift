// The registry of the settings, and what this instance says of itself there.

import Discovery
import FlashSaleHTTP
import Foundation
import Logging
import PostgresLedger
import Telemetry
import Textbook

extension InstanceBoard {
    convenience init(_ address: RegistryAddress, stores: Stores, logger: Logger) {
        let registry: any Registry =
            switch address {
            case .off: FileRegistry(path: nil)
            case .ledger: PostgresRegistry(client: stores.probe)
            case .file(let path): FileRegistry(path: path)
            case .etcd(let servers, let prefix): EtcdRegistry(servers: servers, prefix: prefix)
            case .zooKeeper(let servers, let prefix): ZooKeeperRegistry(servers: servers, prefix: prefix)
            }
        self.init(registry, kind: address.kind, logger: logger)
    }

    /// Says where this run listens.
    func announce(_ settings: Settings, ports: FlashSaleServer.BoundPorts, logger: Logger) {
        let scheme = settings.http.tlsCertificate == nil ? "http" : "https"
        let (api, operations) = (settings.http.api.host, settings.http.operations.host)
        let build = BuildInfo()
        guard let api = settings.publicURL ?? ServiceAddress(scheme: scheme, host: Self.name(of: api), port: ports.api),
            let operations = settings.publicOperationsURL
                ?? ServiceAddress(scheme: "http", host: Self.name(of: operations), port: ports.operations),
            let instance = Instance(
                id: Instance.freshID(), name: InstanceName.text, api: api, operations: operations,
                build: "\(build.version) \(build.revision)",
                startedAt: UTCTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6)))
        else {
            let names = [Setting.publicURL, Setting.publicOperationsURL].map(\.variable).joined(separator: " and ")
            return logger.warning("no URL can name the hosts that this instance listens on: set \(names)")
        }
        announce(instance)
    }

    /// The machine's name for all of its addresses.
    private static func name(of host: String) -> String {
        ["0.0.0.0", "::"].contains(host) ? ProcessInfo.processInfo.hostName : host
    }
}
