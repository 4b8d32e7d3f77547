import Foundation
import Testing

/// The file of real events, in the directory `shared` beside the package.
enum RealFile {
    static let path = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../shared/data/events.ndjson.gz").standardizedFileURL.path
    static var isThere: Bool { FileManager.default.isReadableFile(atPath: path) }
}

/// A part of the real events through the program's own gzip reading; `RealDataTests` has them whole.
@Suite(.enabled(if: RealFile.isThere, "there is no \(RealFile.path): this suite needs the real events"))
struct RealFileTests {
    @Test func aPackedPartGoesInOnce() throws {
        let scratch = TemporaryDirectory()
        let (part, data) = (scratch.path("part.gz"), scratch.path("data"))
        // Two members, one after the other, as packing programs leave them that append.
        let packed = try Program.run(
            "/bin/sh",
            [
                "-c",
                "gzip -dc '\(RealFile.path)' | head -n 1500 | gzip > '\(part)'; "
                    + "gzip -dc '\(RealFile.path)' | head -n 2000 | tail -n 500 | gzip >> '\(part)'",
            ])
        #expect(packed.status == 0)
        let first = try #require(try Program.run("import", part, "--data", data, "--json").objects.first)
        let accepted = try #require(first["accepted"] as? Int)
        #expect(accepted + (first["refused"] as? Int ?? 0) == 2_000 && accepted > 1_960)
        let second = try #require(try Program.run("import", part, "--data", data, "--json").objects.first)
        #expect(second["accepted"] as? Int == 0 && second["duplicate"] as? Int == accepted)
        #expect(try Program.run("replay", "verify", "--data", data).status == 0)
    }

    /// The first bytes of the file as they are: what they hold goes in, and the end is told as damage.
    @Test func aFileCutShortIsTold() throws {
        let scratch = TemporaryDirectory()
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: RealFile.path))
        let bytes = try #require(try file.read(upToCount: 300_000))
        try file.close()
        let outcome = try Program.run("import", "-", "--data", scratch.path("data"), "--json", input: bytes)
        #expect(outcome.status != 0 && outcome.errors.contains("ends too early"), "\(outcome.errors)")
        #expect(try Program.run("replay", "verify", "--data", scratch.path("data")).status == 0)
    }
}
