import Annals
import AnnalsClient
import ArgumentParser
import BSON
import Foundation
import Platform

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write the log as lines of JSON that carry the records' own bytes.",
        discussion: """
            `annals import --verbatim` makes an equal log of them, with the same root, or lets one go on. What is personal stays \
            sealed; without --with-keys it reads as erased where it is imported. Records hold hashes of passwords: keep the \
            file as you keep the store.
            """)

    @Option(help: ArgumentHelp("The first position; 1 unless given.", valueName: "p")) var from: UInt64 = 1
    @Option(help: ArgumentHelp("The last position; the newest unless given.", valueName: "p")) var to: UInt64?
    @Flag(
        help:
            "Put the ring of keys before it, wrapped by the master key, and the key of request hashes. Not through a server."
    )
    var withKeys = false
    @Option(
        name: [.customLong("output"), .customShort("o")],
        help: ArgumentHelp("A new file in place of standard output.", valueName: "file")) var file: String?
    @OptionGroup var place: StorePlace
    @OptionGroup var output: Output

    func validate() throws {
        if from == 0 { throw ValidationError("--from is a position, from 1") }
        if let to, to < from { throw ValidationError("--to is before --from") }
        if withKeys, place.url != nil { throw ValidationError("keys are exported from the directory alone") }
        if output.isJSON, file == nil {
            throw ValidationError("--json goes with --output: lines of JSON are on standard output")
        }
    }

    func run() async throws {
        let target = try file.map { try ExportFile($0) }
        let write: ([UInt8]) throws -> Void = { bytes in
            if let target { try target.write(bytes) } else { try Console.write(bytes) }
        }
        try await export(write)
        try target?.finish()
        if output.isJSON, let file {
            try Console.printJSON(["file": .string(file), "from": .int64(Int64(clamping: from))])
        }
    }

    private func export(_ write: ([UInt8]) throws -> Void) async throws {
        if place.url == nil {
            do {
                return try Store.export(
                    directory: try place.directory.existing(), from: from, through: to, withKeys: withKeys,
                    options: try place.directory.options(), write)
            } catch let error as StoreError {
                guard case .inUse = error, !withKeys else { throw error }
            }
        }
        guard let client = try place.client() else { throw StoreError.inUse(directory: place.directory.path) }
        try await place.with(client) { client in
            var next = from
            var last = to
            repeat {
                let chapter = try await client.exportChapter(from: next, to: last)
                try write(chapter.lines)
                last = last ?? chapter.through
                next = chapter.last + 1
            } while next <= last ?? 0
        }
    }
}

/// A file that is there as a whole or not at all.
private final class ExportFile {
    private let path: String
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        if try FileSystem.system.exists(path) { throw Failure(.cannotCreate, "\(path) is there already") }
        descriptor = open(path + ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError(operation: "open to write", path: path + ".new", errno: errno) }
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw FileError(operation: "write", path: path + ".new", errno: errno)
            }
        }
    }

    func finish() throws {
        guard fsync(descriptor) == 0 else { throw FileError(operation: "flush", path: path + ".new", errno: errno) }
        try FileSystem.system.renameDurably(path + ".new", path)
    }
}
