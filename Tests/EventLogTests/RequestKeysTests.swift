import Crypto
import EventLog
import Platform
import Testing

@Suite struct RequestKeysTests {
    @Test func partsAreNotInterchangeable() {
        let keys = testKeys
        #expect(keys.key(source: "ab", id: "c") != keys.key(source: "a", id: "bc"))
        #expect(keys.digest(of: [1, 2], [3]) != keys.digest(of: [1], [2, 3]))
        #expect(keys.digest(of: [1], []) != keys.digest(of: [1]))
        #expect(keys.key(source: "a", id: "b") != keys.digest(of: Array("a".utf8), Array("b".utf8)))
        #expect(keys.key(source: "a", id: "b") != RequestKeys(key: Array(1..<33)).key(source: "a", id: "b"))
    }

    /// By hand here, by the library there.
    @Test func hashIsHMAC() {
        var code = HMAC<SHA256>(key: SymmetricKey(data: Array<UInt8>(0..<32)))
        code.update(data: [1, 2, 0, 0, 0] + Array("ab".utf8) + [1, 0, 0, 0] + Array("c".utf8))
        let expected = code.finalize().withUnsafeBytes { Digest16(UnsafeRawBufferPointer(rebasing: $0.prefix(16))) }
        #expect(testKeys.key(source: "ab", id: "c") == expected)
    }

    @Test func stepwiseDigestEqualsTheWhole() {
        var hash = testKeys.digest()
        hash.add("part one")
        Array("part two".utf8).withUnsafeBytes { hash.add($0) }
        #expect(hash.finish() == testKeys.digest(of: Array("part one".utf8), Array("part two".utf8)))
    }

    @Test func keyFileIsMadeOnceAndKept() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/request-key"
        #expect(throws: LogError.self) { try RequestKeys(path: path, createIfMissing: false) }
        let first = try RequestKeys(path: path, createIfMissing: true)
        let second = try RequestKeys(path: path, createIfMissing: false)
        #expect(first.key(source: "a", id: "b") == second.key(source: "a", id: "b"))
        #expect(try FileSystem.system.status(path)?.permissions == 0o600)
        #expect(try FileSystem.system.readWhole(path).count == 32)
        let other = try RequestKeys(path: directory.path + "/other", createIfMissing: true)
        #expect(other.key(source: "a", id: "b") != first.key(source: "a", id: "b"))
    }

    @Test func refusesAKeyOfAnotherLengthAndOneThatOthersCanRead() throws {
        let directory = try TemporaryDirectory()
        try FileSystem.system.writeWhole(directory.path + "/short", Array(0..<31))
        #expect(throws: LogError.self) { try RequestKeys(path: directory.path + "/short", createIfMissing: true) }
        let path = directory.path + "/open"
        _ = try RequestKeys(path: path, createIfMissing: true)
        var fileSystem = FileSystem.system
        fileSystem.status = { (path) throws(FileError) in
            guard let status = try FileSystem.system.status(path) else { return nil }
            return FileStatus(
                identity: status.identity, kind: status.kind, byteCount: status.byteCount,
                allocatedByteCount: status.allocatedByteCount, permissions: 0o644)
        }
        #expect(throws: LogError.self) {
            try RequestKeys(path: path, createIfMissing: true, fileSystem: fileSystem)
        }
    }
}
