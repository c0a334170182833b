// All instruments of the process, and the catalogue they make up.
//
// The catalogue is the single source of names, help, labels and buckets: the exposition, docs/METRICS.md and the tests
// read them from here. It has no row for a feature that this build does not have.
//
// Each group is a class, so an observer takes one reference and not one for each instrument.

internal import Synchronization

/// The instruments of one process, and their families in order of exposition.
public final class Instruments: Sendable {
    /// The most series that an instance may expose, as lines of the exposition.
    public static let seriesMax = 3_000

    public let http: HTTPInstruments
    public let admission: AdmissionInstruments
    public let sale: SaleInstruments
    public let retention: RetentionInstruments
    public let room: RoomInstruments
    public let database: DatabaseInstruments
    public let redis: RedisInstruments
    public let process: ProcessInstruments
    public let runtime: RuntimeInstruments
    public let health: HealthInstruments
    public let log: LogInstruments
    public let tracing: TracingInstruments
    public let export: ExportInstruments
    public let scrape: ScrapeInstruments
    public let profile: ProfileInstruments
    public let live: LiveInstruments
    public let webhook: WebhookInstruments

    /// Every family of the catalogue.
    public let families: [any MetricFamily]

    private let scrapeActions = Mutex<[@Sendable () -> Void]>([])

    /// - Parameters:
    ///   - eventLoops: how many event loops serve the API, each with series of its own.
    ///   - pods: those besides home.
    ///   - samplesHeap: whether this build does. If not, the families that need samples are left out.
    public init(
        build: BuildInfo = BuildInfo(), configuration: ConfigurationInfo = ConfigurationInfo(), eventLoops: Int = 1,
        pods: [PodNumber] = [], samplesHeap: Bool = true
    ) {
        var catalogue = Catalogue()
        let pods = [PodNumber.home] + pods
        http = HTTPInstruments(&catalogue)
        admission = AdmissionInstruments(&catalogue)
        sale = SaleInstruments(&catalogue, pods: pods)
        retention = RetentionInstruments(&catalogue, pods: pods)
        room = RoomInstruments(&catalogue)
        database = DatabaseInstruments(&catalogue)
        redis = RedisInstruments(&catalogue)
        process = ProcessInstruments(&catalogue, samplesHeap: samplesHeap)
        runtime = RuntimeInstruments(&catalogue, eventLoops: eventLoops)
        _ = catalogue.info("flashsale_build_info", "Which build this is; always 1.", build.labels)
        _ = catalogue.info(
            "flashsale_config_info", "Settings of this instance that change how its metrics read; always 1.",
            configuration.labels)
        health = HealthInstruments(&catalogue)
        log = LogInstruments(&catalogue)
        tracing = TracingInstruments(&catalogue)
        export = ExportInstruments(&catalogue)
        scrape = ScrapeInstruments(&catalogue)
        profile = ProfileInstruments(&catalogue)
        live = LiveInstruments(&catalogue)
        webhook = WebhookInstruments(&catalogue, pods: pods)
        families = catalogue.families
    }

    /// Registers an action that runs before every scrape, to set gauges that show a state and count no events.
    ///
    /// It runs on the scrape's thread and must not block. The owner of a slow source caches it.
    public func onScrape(_ action: @escaping @Sendable () -> Void) {
        scrapeActions.withLock { $0.append(action) }
    }

    /// Runs the actions of ``onScrape(_:)``. The exposition does this before it reads.
    public func prepareScrape() {
        for action in scrapeActions.withLock({ $0 }) {
            action()
        }
    }
}
