import Foundation
import Glibc

/// The built program, run as a user would.
struct Program {
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String

        /// The lines of standard output, each read as JSON.
        var objects: [[String: Any]] {
            get throws {
                try output.split(separator: "\n").map { line in
                    try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
                }
            }
        }
    }

    static func path(_ name: String) throws -> String {
        // Beside the test bundle.
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent(name).path
    }

    @discardableResult
    static func run(_ arguments: String..., input: Data = Data()) throws -> Outcome {
        try run(try path("annals"), arguments, input: input)
    }

    static func run(_ executable: String, _ arguments: [String], input: Data = Data()) throws -> Outcome {
        let scratch = TemporaryDirectory()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        // Files, not pipes: nobody has to read while the program writes.
        try input.write(to: URL(fileURLWithPath: scratch.path("input")))
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: scratch.path("input")))
        process.standardOutput = try scratch.file("output")
        process.standardError = try scratch.file("errors")
        try process.run()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: try scratch.text("output"), errors: try scratch.text("errors"))
    }

    /// A server on a free port, stopped by SIGTERM when `body` is done.
    static func serving(_ directory: String, _ arguments: [String] = [], _ body: (_ url: String) throws -> Void) throws
        -> Int32
    {
        try serving(directory, arguments) { url, _ in try body(url) }
    }

    /// The same, with the process, to be told something.
    static func serving(
        _ directory: String, _ arguments: [String] = [], _ body: (_ url: String, _ process: Process) throws -> Void
    ) throws -> Int32 {
        let scratch = TemporaryDirectory()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try path("annals"))
        process.arguments = ["serve", "--data", directory, "--http", "127.0.0.1:0"] + arguments
        process.standardError = try scratch.file("errors")
        process.standardOutput = try scratch.file("output")
        try process.run()
        defer { if process.isRunning { process.terminate() } }
        var url: String?
        for _ in 0..<1200 where url == nil && process.isRunning {
            usleep(50_000)
            url = try scratch.text("errors").split(separator: "\n").first { $0.hasPrefix("serving ") }
                .flatMap { $0.split(whereSeparator: { $0 == " " || $0 == "," }).dropFirst().first }.map(String.init)
        }
        guard let url else { throw NotServing(errors: try scratch.text("errors")) }
        try body(url, process)
        process.terminate()
        process.waitUntilExit()
        return process.terminationStatus
    }

    struct NotServing: Error { let errors: String }
}

/// The answer's body and, after a space, its status.
func curl(_ arguments: [String]) throws -> String {
    try Program.run("/usr/bin/env", ["curl", "-s", "-w", " %{http_code}"] + arguments).output
}

/// A directory that is removed with the last reference.
final class TemporaryDirectory {
    let root = NSTemporaryDirectory() + "annals-cli-" + UUID().uuidString

    init() { try? FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: root) }

    func path(_ name: String) -> String { root + "/" + name }

    func file(_ name: String) throws -> FileHandle {
        FileManager.default.createFile(atPath: path(name), contents: nil)
        return try FileHandle(forWritingTo: URL(fileURLWithPath: path(name)))
    }

    func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path(name))), as: UTF8.self)
    }
}
