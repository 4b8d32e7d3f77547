// swift-tools-version: 6.3
import PackageDescription

/// A package outside of Annals with a collection of its own: what a user of the library writes.
let package = Package(
    name: "shipments",
    platforms: [.macOS(.v26)],
    dependencies: [.package(name: "annals", path: "../..")],
    targets: [
        .executableTarget(
            name: "Shipments",
            dependencies: [
                .product(name: "Annals", package: "annals"), .product(name: "AnnalsHTTP", package: "annals"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
