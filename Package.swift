// swift-tools-version: 6.2
// Every target of the service and every arrow between them. An arrow that is not listed here does not exist:
// CI builds with `--explicit-target-dependency-import-check error`.
import PackageDescription

let dependencies: [Package.Dependency] = [
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", exact: "0.2.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(
        url: "https://github.com/apple/swift-configuration", exact: "1.4.0",
        traits: [.defaults, "CommandLineArguments"]),
    .package(url: "https://github.com/apple/swift-distributed-tracing", exact: "1.7.3"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")
let metrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
/// Without the trait the service builds in three quarters of the time, for BoringSSL takes the rest.
let nioSSLOfTheService: Target.Dependency = .product(
    name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"]))
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let tracing: Target.Dependency = .product(name: "Tracing", package: "swift-distributed-tracing")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    // An async function runs where its caller runs: a request never changes threads by itself.
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func library(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

// What malloc gives out is sampled in debug builds, which the tests are, and where it is asked for at build time: it
// costs each allocation a nanosecond or two.
let heapProfile: [CSetting] = [
    Context.environment["FLASHSALE_HEAP_PROFILE"] == nil
        ? .define("FLASHSALE_HEAP_PROFILE", .when(configuration: .debug)) : .define("FLASHSALE_HEAP_PROFILE")
]

let package = Package(
    name: "flashsale",
    products: [
        .executable(name: "flashsale", targets: ["FlashSaleCLI"]),
        .executable(name: "flashsale-load", targets: ["FlashSaleLoad"]),
    ],
    traits: [
        .default(enabledTraits: ["TLS"]),
        .trait(name: "TLS", description: "TLS of the API's listener."),
    ],
    dependencies: dependencies,
    targets: [
        // The C libraries, and the few C lines that Swift cannot say.
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CHiredis", pkgConfig: "hiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CLinux", cSettings: heapProfile),

        // Algorithms and formats as papers and RFCs have them. It knows no clock, no I/O and no word of the domain.
        library("Textbook", []),
        // Threads for calls that block, and what a program asks of the system before it can be told anything.
        library("Threads", ["CLinux"]),

        // Pages for people, and what tables have in common.
        library("Reports", ["Textbook"]),

        // Signed tokens: who a buyer is, and what an operator may do.
        library("Tokens", ["COpenSSL", "Textbook"]),

        // What is measured, and how it leaves the process.
        library("Telemetry", ["Textbook", logging]),
        library(
            "TelemetryExport",
            [
                "CLinux", "CZlib", "PlainHTTP", "TLSClient", "Telemetry", "Textbook", "Threads", "Tokens", logging,
                metrics, nioCore, nioHTTP1, nioPosix, serviceLifecycle, tracing,
            ]),

        // The pictures of it, which are generated; nothing of the service imports this.
        library("Dashboards", ["Telemetry", "Textbook"]),

        // TLS to servers, for clients over NIO, and why there is no connection.
        library("TLSClient", ["COpenSSL", nioCore, nioPosix]),

        // Questions to HTTP servers.
        library("PlainHTTP", ["TLSClient", "Textbook", nioCore, nioPosix]),

        // Where instances find one another.
        library("Discovery", ["PlainHTTP", "TLSClient", "Textbook", "Threads", logging, nioCore, nioPosix]),

        // The two stores' clients.
        library("LibpqClient", ["CLibpq", "CLinux", "Telemetry", "Textbook", "Threads", logging]),
        library(
            "HiredisClient", ["CHiredis", "TLSClient", "Telemetry", "Textbook", logging, nioCore, nioPosix]),

        // The domain and what stands behind its seams.
        library("FlashSale", ["Telemetry", "Textbook", "Tokens", logging]),
        library("WaitingRoom", ["FlashSale", "Telemetry", "Textbook", "Tokens", logging]),
        library(
            "Webhooks", ["FlashSale", "PlainHTTP", "Telemetry", "Textbook", "Tokens", logging]),
        library(
            "RedisGate", ["FlashSale", "HiredisClient", "Telemetry", "Textbook", logging],
            resources: [.embedInCode("Scripts")]),
        library(
            "PostgresLedger",
            ["Discovery", "FlashSale", "LibpqClient", "Telemetry", "Textbook", "WaitingRoom", "Webhooks", logging],
            resources: [.embedInCode("Schema")]),
        library(
            "Audit", ["HiredisClient", "LibpqClient", "Telemetry", "Tokens", logging, nioPosix],
            resources: [.embedInCode("Checks")]),

        // The pages of buyers, as text: pure functions of what they show.
        library("BuyerPage", ["Telemetry", "Textbook", mustache], resources: [.embedInCode("Resources")]),

        // The pages of operators, as text, and the table of what they may do to a sale.
        library(
            "OperatorConsole", ["BuyerPage", "FlashSale", "Textbook", "Tokens"],
            resources: [.embedInCode("Resources")]),

        // What happened in a sale, told afterwards. It shares no query with the ledger.
        library(
            "SaleStory", ["LibpqClient", "PlainHTTP", "Reports", "Telemetry", "Textbook"],
            resources: [.embedInCode("Queries")]),

        // What faces people: HTTP, the command line, the private servers of development and of the tests.
        library(
            "FlashSaleHTTP",
            [
                "BuyerPage", "Discovery", "FlashSale", "OperatorConsole", "Telemetry", "Textbook", "Tokens",
                "WaitingRoom", logging, nioCore, nioPosix, nioHTTP1, nioSSLOfTheService,
                serviceLifecycle,
            ],
            resources: [.embedInCode("Resources/openapi.json"), .embedInCode("Resources/pictures.json")]
        ),
        library("DevStack", ["CLinux", "Threads", logging]),
        .executableTarget(
            name: "FlashSaleCLI",
            dependencies: [
                "Audit", "CLinux", "DevStack", "Discovery", "FlashSale", "FlashSaleHTTP", "HiredisClient",
                "LibpqClient", "OperatorConsole", "PostgresLedger", "RedisGate", "SaleStory", "Telemetry",
                "TelemetryExport", "Textbook", "Threads", "Tokens", "WaitingRoom", "Webhooks", argumentParser,
                configuration, logging, nioCore, nioPosix, serviceLifecycle, system, unixSignals,
            ],
            swiftSettings: settings
        ),

        // The load generator: it shares the audit, the textbook and the version with the service, and restates the wire
        // format on purpose.
        .executableTarget(
            name: "FlashSaleLoad",
            dependencies: [
                "Audit", "Reports", "TLSClient", "Telemetry", "Textbook", "Threads", "Tokens", argumentParser,
                histogram, logging, nioCore, nioPosix, system,
            ],
            path: "LoadTest",
            exclude: ["Benchmarks"],
            swiftSettings: settings
        ),
        // What the instruments cost, by `make bench-instruments`. Its malloc counts, so nothing else links it.
        .target(name: "CAllocations"),
        .executableTarget(
            name: "InstrumentBench", dependencies: ["CAllocations", "Telemetry"], swiftSettings: settings),
        .executableTarget(
            name: "ExpositionBench", dependencies: ["Telemetry", "TelemetryExport"], swiftSettings: settings),
        // What a ticket costs, by `LoadTest/Benchmarks/room`.
        .executableTarget(
            name: "RoomBench", dependencies: ["FlashSale", "Telemetry", "WaitingRoom"], swiftSettings: settings),

        // Tests. FlashSaleTesting is imported by test targets alone.
        library(
            "FlashSaleTesting",
            ["Discovery", "FlashSale", "Telemetry", "Textbook", "WaitingRoom", "Webhooks", logging]),
        tests("TextbookTests", ["Textbook"]),
        tests("ReportsTests", ["Reports"]),
        tests("SaleStoryTests", ["Reports", "SaleStory", nioCore, nioPosix]),
        tests("TokensTests", ["Textbook", "Tokens"]),
        tests(
            "TelemetryTests",
            [
                "TLSClient", "Telemetry", "TelemetryExport", "Textbook", "Tokens", logging, metrics, nioCore, nioHTTP1,
                nioPosix, nioSSL, tracing,
            ]),
        tests("DashboardTests", ["Dashboards", "Telemetry", "Textbook"]),
        tests(
            "DiscoveryTests", ["DevStack", "Discovery", "FlashSaleTesting", "PlainHTTP", "Textbook", logging, nioCore]),
        tests("LibpqClientTests", ["DevStack", "LibpqClient", "Telemetry", "Textbook", logging]),
        tests(
            "HiredisClientTests", ["DevStack", "HiredisClient", "Telemetry", "Textbook", logging, nioCore, nioPosix]),
        tests("FlashSaleTests", ["FlashSale", "FlashSaleTesting", "Telemetry", "Textbook", logging]),
        tests(
            "WebhooksTests",
            [
                "FlashSale", "FlashSaleTesting", "Telemetry", "Textbook", "Tokens", "Webhooks", logging, nioCore,
                nioPosix,
            ]),
        tests("WaitingRoomTests", ["FlashSale", "FlashSaleTesting", "Telemetry", "Textbook", "WaitingRoom", logging]),
        tests(
            "RedisGateTests",
            [
                "DevStack", "FlashSale", "FlashSaleTesting", "HiredisClient", "RedisGate", "Telemetry", logging,
                nioCore,
                nioPosix,
            ]
        ),
        tests(
            "PostgresLedgerTests",
            [
                "DevStack", "Discovery", "FlashSale", "FlashSaleTesting", "LibpqClient", "PostgresLedger", "Telemetry",
                "Textbook", "WaitingRoom", "Webhooks", logging,
            ]),
        tests(
            "FlashSaleHTTPTests",
            [
                "BuyerPage", "Discovery", "FlashSale", "FlashSaleHTTP", "FlashSaleTesting", "OperatorConsole",
                "Telemetry",
                "Textbook", "Tokens", "WaitingRoom", logging, nioCore, nioHTTP1, nioPosix, nioSSL, serviceLifecycle,
            ]
        ),
        tests("BuyerPageTests", ["BuyerPage", "Telemetry", "Textbook", mustache]),
        tests("OperatorConsoleTests", ["BuyerPage", "FlashSale", "OperatorConsole", "Textbook", "Tokens"]),
        tests("DevStackTests", ["DevStack"]),
        tests(
            "LoadTests",
            ["Audit", "FlashSaleLoad", "Reports", "Textbook", "Tokens", argumentParser, logging, nioCore, nioPosix]),
        // What stands beside the sources: rules, runbooks, docker-compose.yml, the page of the settings.
        tests(
            "DeploymentTests",
            [
                "FlashSale", "FlashSaleCLI", "FlashSaleHTTP", "HiredisClient", "TelemetryExport", "Textbook",
                argumentParser, configuration, nioCore, nioPosix,
            ]),
        tests(
            "SystemTests",
            [
                "Audit", "Dashboards", "DevStack", "FlashSaleTesting", "HiredisClient", "LibpqClient",
                "PostgresLedger", "Telemetry", "Textbook", logging, nioCore, nioHTTP1, nioPosix,
            ]
        ),
        tests(
            "MutantTests",
            [
                "Audit", "DevStack", "Discovery", "FlashSale", "FlashSaleTesting", "HiredisClient", "LibpqClient",
                "PostgresLedger", "RedisGate", "Telemetry", "Textbook", "Webhooks", logging, nioCore, nioPosix,
            ]
        ),
        tests(
            "SimulationTests",
            [
                "FlashSale", "FlashSaleTesting", "HiredisClient", "LibpqClient", "PostgresLedger", "Telemetry",
                "Textbook", "Tokens", "WaitingRoom",
            ]),
        // They read the whole repository byte by byte, for which code that is not optimised takes a minute.
        .testTarget(name: "TidyTests", swiftSettings: settings + [.unsafeFlags(["-O"])]),
    ],
    swiftLanguageModes: [.v6]
)
