import Annals
import AnnalsClient
import AnnalsHTTP
import ArgumentParser
import BSON
import Foundation
import Platform
import Projections

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Back the store up, whole or what is new since the last time.",
        discussion: """
            Copies log and keys while a server runs, which does it itself then; views are made anew when restored, unless they are \
            taken along (--views). Everything \
            is flushed, read again and checked before it counts: a run that is cut short leaves the backup as it was. Who has \
            the backup has what it holds of persons, unless the master key is kept elsewhere.
            """)

    @Argument(
        help: ArgumentHelp(
            "Directory of the backup: a new one, or one that is gone on with. With --url, a name below the server's own "
                + "directory of backups.", valueName: "dir")) var backup: String
    @Flag(help: "Leave keys/master out: keep a copy of it elsewhere, or persons cannot be read again.")
    var withoutMasterKey = false
    @Flag(help: "Take the key along that signs checkpoints: who has the backup can then sign for the log.")
    var withSigningKey = false
    @Flag(
        name: .customLong("views"),
        help: ArgumentHelp(
            "Take the views along, so that restoring to the end is quicker. They hold what is personal in clear, and copying "
                + "them keeps pages from being used again meanwhile.")) var withViews = false
    @OptionGroup var place: StorePlace
    @OptionGroup var output: Output

    func run() async throws {
        let progress = Progress(isSilent: output.isJSON)
        let start = Date()
        let report = try await made(progress)
        progress.end()
        if output.isJSON { return try Console.printJSON(report) }
        try print(report, Date().timeIntervalSince(start))
    }

    private func made(_ progress: Progress) async throws -> Document {
        if place.url == nil {
            let path = try place.directory.existing()
            var options = BackupOptions()
            options.leavesMasterKeyOut = withoutMasterKey
            options.includesSigningKey = withSigningKey
            options.includesViews = withViews
            options.onProgress = { position, through in
                progress.show(Self.text(position, through))
                return true
            }
            do {
                if withViews {
                    // Views are what the log makes them only where the store was opened.
                    return try place.directory.withStore(isSilent: output.isJSON) { store in
                        try store.backUp(to: backup, options).document
                    }
                }
                return try Store.backUp(
                    directory: path, to: backup, collections: allCollections, options: try place.directory.options(),
                    options
                ).document
            } catch let error as StoreError {
                guard case .inUse = error else { throw error }
            }
        }
        guard let client = try place.client() else { throw StoreError.inUse(directory: place.directory.path) }
        // The server has a working directory of its own.
        let path = place.url == nil ? URL(fileURLWithPath: backup).path : backup
        var report: Document = [:]
        try await place.with(client) { client in
            report = try await client.backup(
                to: path, withoutMasterKey: withoutMasterKey, withSigningKey: withSigningKey,
                withViews: withViews
            ) { progress.show(Self.text($0, $1)) }
        }
        return report
    }

    private static func text(_ position: UInt64, _ through: UInt64) -> String {
        "copied \(Figure.grouped(position)) of \(Figure.grouped(through)) events"
    }

    private func print(_ report: Document, _ seconds: Double) throws {
        let members = Dictionary(report.pairs.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        func count(_ name: String) -> UInt64 {
            switch members[name] {
            case .int64(let number)?: UInt64(clamping: number)
            case .int32(let number)?: UInt64(clamping: number)
            default: 0
            }
        }
        func text(_ name: String) -> String { if case .string(let text)? = members[name] { text } else { "" } }
        try Console.print(
            "\(Console.green("backed up")) to position \(Figure.grouped(count("position"))): "
                + "\(Figure.grouped(count("newEvents"))) new events in \(Figure.seconds(seconds))")
        try Console.print("backup    \(text("backup")), \(Figure.grouped(count("bytes"))) bytes")
        try Console.print("root      \(text("root"))")
        switch BackupManifest.MasterKeyPlace(rawValue: text("masterKey")) {
        case .elsewhere?, .leftOut?:
            Console.note("the master key is not in it: keep a copy, or what it holds of persons cannot be read again")
        case .included?, nil:
            Console.note("the master key is in it: who has the backup can read what it holds of persons")
        }
    }
}
