import Annals
import BSON
import Foundation
import LMDB
import Platform
import Projections
import Schema
import Testing
import Views

/// A golden script: events in, documents out, in plain text.
///
///     # What it shows.
///     user.registered {"_id":"…", …}
///     2024-01-02T10:00:00Z user.loggedIn {…}        at a moment; else a minute after the one before
///     ! user.loggedIn {…}                           must be refused
///     ? indexes                                     asks, at the end, for the collection's count and index entries
///     ? userrewards                                 asks, at the end, for the documents of another collection
///     ----
///     refused: user.loggedIn: exists userId
///     users {"_id":…}                               every document of the script's collection
///     count: 1                                      and what was asked for
///     email_1: "ada@users.example" → 0000…
///
/// Recording anew: ANNALS_RECORD=1 writes what is below the line, and fails.
struct Script: CustomTestStringConvertible, Sendable {
    let collection: String
    let file: URL

    var testDescription: String { file.lastPathComponent }

    static func all(_ collection: String) -> [Script] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Scripts/\(collection)")
        let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return (files ?? []).filter { $0.pathExtension == "script" }
            .sorted { $0.path < $1.path }.map { Script(collection: collection, file: $0) }
    }

    func run() async throws {
        let text = try String(contentsOf: file, encoding: .utf8)
        let parts = text.components(separatedBy: "----\n")
        let directory = NSTemporaryDirectory() + "annals-script-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var options = StoreOptions()
        options.log.mapBytes = 1 << 28
        options.log.freeSpaceFloorBytes = 0
        options.views.mapBytes = 1 << 28
        options.passwordRounds = 2
        options.firesTimers = false
        options.randomness = .seeded(1)
        options.clock = .fixed(1_704_067_200_000)
        let store = try Store(directory: directory, collections: allCollections, options: options)
        var time = DateTime(milliseconds: 1_704_067_140_000)
        var output = ""
        var questions: [String] = []
        for (number, line) in parts[0].split(separator: "\n").enumerated() where !line.hasPrefix("#") {
            if line.hasPrefix("? ") {
                questions.append(String(line.dropFirst(2)))
                continue
            }
            var rest = Substring(line)
            let isRefused = rest.hasPrefix("! ")
            if isRefused { rest = rest.dropFirst(2) }
            time = DateTime(milliseconds: time.milliseconds + 60_000)
            if let first = rest.split(separator: " ").first, let given = DateTime(rfc3339: String(first)) {
                time = given
                rest = rest.dropFirst(first.count + 1)
            }
            let type = String(rest.prefix { $0 != " " })
            let json = Array(rest.dropFirst(type.count + 1).utf8)
            let data = try json.withUnsafeBytes { try JSON.parse($0, extended: true) }
            let event = NewEvent(id: "\(number)", source: "/script", type: type, time: time, data: data)
            do {
                _ = try await store.append(event)
                if isRefused { Issue.record("accepted: \(line)") }
            } catch {
                guard isRefused, case AppendError.refused(let refused) = error else {
                    Issue.record("\(line): \(error)")
                    continue
                }
                for reason in refused.flatMap(\.refusals.reasons) {
                    output += "refused: \(type): \(reason.rule.rawValue) \(reason.field)\n"
                }
            }
        }
        output += try Self.documents(collection, store)
        for question in questions { output += try Self.listing(question, of: store, collection) }
        let strays = try IndexAudit(store.views).differences()
        #expect(strays.isEmpty, "\(strays.prefix(3))")
        let replayed = try ViewStore(
            directory: directory + "/scratch", catalogue: store.catalogue, options: .init(mapBytes: 1 << 28))
        try replayed.place(store.catalogue.collections)
        try Replay(store: replayed, log: store.log).catchUp()
        let differences = try Verification(live: store.views, replayed: replayed).differences()
        #expect(differences.isEmpty, "\(differences.prefix(3))")
        if output != (parts.count > 1 ? parts[1] : "") {
            if ProcessInfo.processInfo.environment["ANNALS_RECORD"] == "1" {
                try (parts[0] + "----\n" + output).write(to: file, atomically: true, encoding: .utf8)
            }
            Issue.record("other than recorded: \(file.lastPathComponent)\n\(output)")
        }
    }
}
