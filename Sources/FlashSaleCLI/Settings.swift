// The values of all settings of the service, typed.

import Discovery
import FlashSale
import FlashSaleHTTP
import LibpqClient
import PostgresLedger
import Telemetry
import TelemetryExport
import Textbook

/// The values of the flags, the environment and the file. A fresh one has every default.
struct Settings: Sendable {
    var http = HTTPConfiguration()
    var console = ConsoleSettings()
    var eventLoops = 1
    /// Nil if it is not set: `serve` needs both URLs, `dev` starts its own stores.
    var databaseURL: Secret?
    var redisURL: Secret?
    /// The pods besides home, and where their stores are.
    var pods: [PodID] = []
    var podStores: [PodID: PodStores] = [:]
    var databaseDurability = DatabaseDurability.Wish.local
    var databaseConnections = PostgresClientConfiguration(url: "").connectionsMax
    var defaults = SaleDefaults()
    var isScheduling = true
    var retention = RetentionPolicy()
    /// Nil if the usher finds the pace.
    var roomPace: Int?
    var webhook = WebhookSettings()
    var registry = RegistryAddress.off
    /// Where others reach this instance; nil for where it listens.
    var publicURL: ServiceAddress?
    var publicOperationsURL: ServiceAddress?
    var log = LogSettings()
    var dataDirectory = ".flashsale"
    var profiling = ProfilingMode.off
    /// Nil for a directory beside the other data.
    var profileDirectory: String?
    /// Nil if profiles stay here.
    var profileStore: ProfileStore?
    /// Nil if nothing goes to a collector.
    var export: ExportSettings?
    /// Sentences about values that are ignored.
    var warnings: [String] = []

    /// Whether the service takes profiles without a request.
    enum ProfilingMode: String, CaseIterable {
        case off
        case continuous
    }

    /// What a sale gets where its plan does not say.
    var saleDefaults: SaleDefaults {
        var defaults = defaults
        defaults.areBuyersProven = http.identity == .required
        defaults.shops = http.shops.all
        return defaults
    }

    /// How much telemetry there is.
    enum TelemetryMode: String, CaseIterable {
        case off
        case full
    }

    var telemetry: TelemetryMode {
        get { http.isObserving ? .full : .off }
        set { http.isObserving = newValue == .full }
    }

    /// Whether the service observes requests, queries and commands at all.
    var isObserving: Bool { http.isObserving }

    /// The log has each request, query and command that takes longer.
    var slowThreshold: Duration { http.limits.slowRequest }

    /// Nil if the service takes profiles only on request.
    var continuousProfiles: ContinuousProfiles? {
        guard profiling == .continuous else { return nil }
        return ContinuousProfiles(directory: profileDirectory ?? "\(dataDirectory)/profiles", store: profileStore)
    }
}

extension Settings {
    /// Home and the others.
    var allPods: [PodID] { [.home] + pods }

    /// The settings as they are for the stores of a pod.
    func of(_ pod: PodID) -> Settings {
        guard let stores = podStores[pod] else { return self }
        var settings = self
        settings.databaseURL = stores.databaseURL
        settings.redisURL = stores.redisURL
        return settings
    }
}
