// swift-tools-version: 6.2
// Every target of the service and every arrow between them. An arrow that is not listed here does not exist:
// CI builds with `--explicit-target-dependency-import-check error`.
import PackageDescription

// Hummingbird's optional features (full Foundation, swift-configuration) stay off; the service configures itself.
let dependencies: [Package.Dependency] = [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(
        url: "https://github.com/apple/swift-configuration", from: "1.4.0",
        traits: [.defaults, "CommandLineArguments"]),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
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

let package = Package(
    name: "flashsale",
    products: [
        .executable(name: "flashsale", targets: ["FlashSaleCLI"])
    ],
    dependencies: dependencies,
    targets: [
        // The C libraries, and the few C lines that Swift cannot say.
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CHiredis", pkgConfig: "hiredis", providers: [.apt(["libhiredis-dev"])]),
        .target(name: "CLinux"),

        // What is measured, and how it leaves the process.
        library("Telemetry", [logging]),
        library("TelemetryExport", ["Telemetry", logging, nioCore, nioHTTP1, nioPosix, serviceLifecycle]),

        // The two stores' clients.
        library("LibpqClient", ["CLibpq", "CLinux", "Telemetry", logging]),
        library("HiredisClient", ["CHiredis", "Telemetry", logging, nioCore, nioPosix]),

        // The domain and what stands behind its seams.
        library("FlashSale", ["Telemetry", logging]),
        library(
            "RedisGate", ["FlashSale", "HiredisClient", "Telemetry", logging], resources: [.embedInCode("Scripts")]),
        library(
            "PostgresLedger", ["FlashSale", "LibpqClient", "Telemetry", logging],
            resources: [.embedInCode("Migrations")]),
        library("Audit", ["HiredisClient", "LibpqClient", "Telemetry"], resources: [.embedInCode("Checks")]),

        // What faces people: HTTP, the command line, the private servers of development and of the tests.
        library(
            "FlashSaleHTTP",
            ["FlashSale", "Telemetry", hummingbirdCore, logging, nioCore, nioPosix, nioHTTP1, serviceLifecycle],
            resources: [.embedInCode("Resources/openapi.json")]
        ),
        library("DevStack", ["CLinux", logging]),
        .executableTarget(
            name: "FlashSaleCLI",
            dependencies: [
                "Audit", "CLinux", "DevStack", "FlashSale", "FlashSaleHTTP", "HiredisClient", "LibpqClient",
                "PostgresLedger", "RedisGate", "Telemetry", "TelemetryExport", argumentParser, configuration, logging,
                nioCore, nioPosix, serviceLifecycle, system, unixSignals,
            ],
            swiftSettings: settings
        ),

        // Tests. FlashSaleTesting is imported by test targets alone.
        library("FlashSaleTesting", ["FlashSale", "Telemetry", logging]),
        tests("TelemetryTests", ["Telemetry", "TelemetryExport", logging, nioCore, nioHTTP1, nioPosix]),
        tests("LibpqClientTests", ["DevStack", "LibpqClient", "Telemetry", logging]),
        tests("HiredisClientTests", ["DevStack", "HiredisClient", "Telemetry", logging, nioCore, nioPosix]),
        tests("FlashSaleTests", ["FlashSale", "FlashSaleTesting", "Telemetry"]),
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
            ["DevStack", "FlashSale", "FlashSaleTesting", "LibpqClient", "PostgresLedger", "Telemetry", logging]),
        tests(
            "FlashSaleHTTPTests",
            [
                "FlashSale", "FlashSaleHTTP", "FlashSaleTesting", "Telemetry", logging, nioCore, nioHTTP1, nioPosix,
                serviceLifecycle,
            ]
        ),
        tests("DevStackTests", ["DevStack"]),
        tests(
            "SystemTests",
            [
                "Audit", "DevStack", "HiredisClient", "LibpqClient", "PostgresLedger", "Telemetry", logging, nioCore,
                nioHTTP1, nioPosix,
            ]
        ),
        tests("TidyTests", []),
    ],
    swiftLanguageModes: [.v6]
)
