// swift-tools-version: 6.3
import PackageDescription

/// One set of rules for every target: no hidden existentials, imports that say what they give away.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// Why each is here stands in Sources/README.md, "Dependencies".
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let tracing = Target.Dependency.product(name: "Tracing", package: "swift-distributed-tracing")
let inMemoryTracing = Target.Dependency.product(name: "InMemoryTracing", package: "swift-distributed-tracing")
let asyncAlgorithms = Target.Dependency.product(name: "AsyncAlgorithms", package: "swift-async-algorithms")

let package = Package(
    name: "annals",
    products: [
        .library(name: "Annals", targets: ["Annals"]),
        .library(name: "AnnalsClient", targets: ["AnnalsClient"]),
        .library(name: "AnnalsHTTP", targets: ["AnnalsHTTP"]),
        .library(name: "Projections", targets: ["Projections"]),
        .executable(name: "annals", targets: ["CLI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.0.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
    ],
    targets: [
        // System libraries and C
        .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"]), .brew(["lmdb"])]),
        .systemLibrary(
            name: "CBSON", pkgConfig: "libbson-1.0", providers: [.apt(["libbson-dev"]), .brew(["mongo-c-driver@1"])]),
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"]), .brew(["pcre2"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(name: "CCRC32C", publicHeadersPath: "include"),

        // The engine, from the bottom up
        .target(name: "Platform", swiftSettings: settings),
        .target(
            name: "LMDB", dependencies: ["CLMDB", "Platform"],
            swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),
        .target(name: "BSON", dependencies: ["CBSON"], swiftSettings: settings),
        .target(
            name: "EventLog", dependencies: ["LMDB", "BSON", "Platform", "CCRC32C", crypto], exclude: ["RECORD.md"],
            swiftSettings: settings),
        .target(name: "Schema", dependencies: ["BSON", crypto], swiftSettings: settings),
        .target(
            name: "Views",
            dependencies: ["LMDB", "BSON", "EventLog", "Platform", "Schema", crypto, cryptoExtras],
            exclude: ["ROOTS.md"],
            swiftSettings: settings),
        .target(name: "Proofs", dependencies: ["BSON", "EventLog", crypto], swiftSettings: settings),
        .target(
            name: "Backups", dependencies: ["BSON", "EventLog", "LMDB", "Platform", "Proofs", "Schema", crypto],
            swiftSettings: settings),
        .target(
            name: "Query", dependencies: ["BSON", "CPCRE2", "LMDB", "Schema", "Views", "Platform"],
            swiftSettings: settings),
        .target(
            name: "Annals",
            dependencies: [
                "BSON", "Backups", "EventLog", "LMDB", "Platform", "Proofs", "Query", "Schema", "Views", coreMetrics,
                crypto,
                cryptoExtras,
            ],
            swiftSettings: settings),
        .target(
            name: "AnnalsHTTP",
            dependencies: [
                "Annals", "BSON", "EventLog", "LMDB", "Platform", "Proofs", "Query", "Schema", "Views", asyncAlgorithms,
                crypto, cryptoExtras,
                hummingbird, hummingbirdCore, hummingbirdTLS, nioSSL,
                httpTypes,
                logging, nioCore, nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1,
                coreMetrics, serviceLifecycle, tracing, unixSignals,
            ],
            swiftSettings: settings),

        .target(
            name: "AnnalsClient", dependencies: ["BSON", asyncHTTPClient, nioCore, nioHTTP1], swiftSettings: settings),

        // The domain
        .target(
            name: "Projections", dependencies: ["BSON", "Schema"], path: "Projections",
            exclude: ["README.md", "EVENTS.md", "events.schema.json"],
            swiftSettings: settings),

        // Tools
        .target(name: "EventGenerator", path: "Tools/Generator", swiftSettings: settings),
        .target(name: "Reference", dependencies: ["BSON", "Schema"], path: "Tools/Reference", swiftSettings: settings),
        .target(
            name: "Bench",
            dependencies: ["Annals", "BSON", "EventLog", "LMDB", "Platform", "Query", "Schema", "Views"],
            path: "Tools/Bench", exclude: ["bench.py", "compare", "door", "stalled", "wrk.lua"], swiftSettings: settings
        ),
        .executableTarget(
            name: "CLI",
            dependencies: [
                "Annals", "AnnalsClient", "AnnalsHTTP", "BSON", "Bench", "CZlib", "EventGenerator", "EventLog", "LMDB",
                "Platform",
                "Projections", "Proofs",
                "Query", "Reference", "Schema", "Views", argumentParser, asyncHTTPClient, configuration, coreMetrics,
                httpTypes, hummingbird, logging, nioCore, nioHTTP1,
                serviceLifecycle, unixSignals,
            ],
            path: "Tools/CLI", swiftSettings: settings),

        // Tests
        .testTarget(name: "PlatformTests", dependencies: ["Platform"], swiftSettings: settings),
        .testTarget(name: "LMDBTests", dependencies: ["LMDB", "Platform"], swiftSettings: settings),
        .testTarget(name: "BSONTests", dependencies: ["BSON", "CBSON"], swiftSettings: settings),
        .testTarget(
            name: "EventLogTests", dependencies: ["EventLog", "BSON", "LMDB", "Platform", crypto],
            swiftSettings: settings),
        .testTarget(name: "ProofsTests", dependencies: ["BSON", "EventLog", "Proofs"], swiftSettings: settings),
        .testTarget(
            name: "QueryTests",
            dependencies: [
                "Annals", "BSON", "EventGenerator", "EventLog", "LMDB", "Platform", "Projections", "Query", "Schema",
                "Views",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "ConformanceTests",
            dependencies: [
                "Annals", "BSON", "EventGenerator", "LMDB", "Platform", "Projections", "Query", "Schema", "Views",
            ],
            path: "Tests/Conformance", exclude: ["collections.golden"], swiftSettings: settings),
        .testTarget(name: "GeneratorTests", dependencies: ["EventGenerator"], swiftSettings: settings),
        .testTarget(
            name: "ReferenceTests", dependencies: ["Projections", "Reference", "Schema"], swiftSettings: settings),
        .testTarget(
            name: "AnnalsTests",
            dependencies: [
                "Annals", "BSON", "EventGenerator", "EventLog", "LMDB", "Platform", "Projections", "Proofs", "Schema",
                "Views", crypto, cryptoExtras,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "ProjectionTests",
            dependencies: ["Annals", "BSON", "EventLog", "LMDB", "Platform", "Projections", "Schema", "Views"],
            exclude: ["Scripts"], swiftSettings: settings),
        .testTarget(
            name: "HTTPTests",
            dependencies: [
                "Annals", "AnnalsClient", "AnnalsHTTP", "BSON", "Platform", "Projections", "Proofs", "Schema", "Views",
                hummingbird, hummingbirdTesting, httpTypes,
                coreMetrics, crypto, cryptoExtras, inMemoryTracing, logging, nioCore, tracing,
            ],
            swiftSettings: settings),
        // Needs the real events: see RealEvents.swift.
        .testTarget(
            name: "RealDataTests",
            dependencies: [
                "Annals", "BSON", "EventLog", "LMDB", "Platform", "Projections", "Query", "Schema", "Views",
            ],
            path: "Tests/RealData", swiftSettings: settings),
        .testTarget(name: "CLITests", dependencies: ["BSON", "CLI", "EventLog", "Platform"], swiftSettings: settings),
        .target(name: "CFlushProbe", path: "Tests/Crash/CFlushProbe"),
        .executableTarget(
            name: "CrashVictim",
            dependencies: [
                "Annals", "BSON", "CFlushProbe", "EventLog", "LMDB", "Platform", "Projections", "Schema", "Views",
            ],
            path: "Tests/Crash/Victim", swiftSettings: settings),
        .testTarget(
            name: "CrashTests",
            dependencies: [
                "Annals", "BSON", "CrashVictim", "EventGenerator", "EventLog", "LMDB", "Platform", "Projections",
                "Schema", "Views",
            ],
            path: "Tests/Crash", exclude: ["CFlushProbe", "Victim"], swiftSettings: settings),
        .executableTarget(
            name: "DamageCheck",
            dependencies: [
                "Annals", "BSON", "Backups", "EventGenerator", "EventLog", "LMDB", "Platform", "Projections", "Proofs",
                "Schema", "Views",
            ],
            path: "Tests/Damage/Check", swiftSettings: settings),
        .testTarget(
            name: "DamageTests", dependencies: ["DamageCheck"], path: "Tests/Damage", exclude: ["Check"],
            swiftSettings: settings),
        .executableTarget(
            name: "EqualityCheck",
            dependencies: [
                "Annals", "BSON", "EventGenerator", "EventLog", "LMDB", "Platform", "Projections", "Schema", "Views",
            ],
            path: "Tests/Equality/Check", swiftSettings: settings),
        .testTarget(
            name: "EqualityTests", dependencies: ["EqualityCheck"], path: "Tests/Equality", exclude: ["Check"],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)

// The fuzzers, built by Tools/fuzz alone: with the address sanitizer and libFuzzer's coverage.
if Context.environment["ANNALS_FUZZ"] != nil {
    let fuzzers: [(name: String, modules: [Target.Dependency])] = [
        ("FuzzCanary", []),
        ("FuzzBSON", ["BSON"]),
        ("FuzzJSON", ["BSON"]),
        ("FuzzRecord", ["BSON", "EventLog", "Platform"]),
        ("FuzzCloudEvent", ["Annals", "BSON"]),
        ("FuzzQuery", ["BSON", "Platform", "Projections", "Query", "Schema", "Views"]),
        ("FuzzProof", ["BSON", "Proofs"]),
        ("FuzzViews", ["Annals", "BSON", "EventLog", "Views"]),
    ]
    package.targets.append(.target(name: "FuzzDriver", path: "Tests/Fuzz/Driver", swiftSettings: settings))
    for fuzzer in fuzzers {
        package.targets.append(
            .executableTarget(
                name: fuzzer.name, dependencies: ["FuzzDriver"] + fuzzer.modules, path: "Tests/Fuzz/\(fuzzer.name)",
                // The entry point is libFuzzer's.
                swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]))
    }
}
