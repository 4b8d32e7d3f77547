import Glibc
import Platform
import Testing

@Suite struct FileSystemTests {
    let directory: TemporaryDirectory
    let files = FileSystem.system

    init() throws {
        directory = try TemporaryDirectory()
    }

    func path(_ name: String) -> String { directory.path + "/" + name }

    @Test(arguments: [0, 1, 4095, 4096, 4097, 3_000_001])
    func wholeRoundTrip(count: Int) throws {
        let bytes = Randomness.seeded(UInt64(count)).bytes(count)
        try files.writeWhole(path("a"), bytes)
        #expect(try files.readWhole(path("a")) == bytes)
        #expect(try files.status(path("a"))?.byteCount == count)
        #expect(try files.status(path("a"))?.permissions == 0o600)
    }

    @Test func writeWholeTruncates() throws {
        try files.writeWhole(path("a"), [1, 2, 3, 4])
        try files.writeWhole(path("a"), [9])
        #expect(try files.readWhole(path("a")) == [9])
    }

    @Test func filesThatSayZeroBytesAreReadToTheEnd() throws {
        #expect(try !files.readWhole("/proc/self/status").isEmpty)
    }

    @Test func overwriteKeepsTheRest() throws {
        try files.overwrite(path("slots"), 4, [5, 6])
        #expect(try files.readWhole(path("slots")) == [0, 0, 0, 0, 5, 6])
        try files.overwrite(path("slots"), 0, [1, 2])
        #expect(try files.readWhole(path("slots")) == [1, 2, 0, 0, 5, 6])
    }

    @Test func missingFilesAreTold() throws {
        #expect(throws: FileError(operation: "open to read", path: path("none"), errno: ENOENT)) {
            try files.readWhole(path("none"))
        }
        #expect(try files.status(path("none")) == nil)
        #expect(try files.exists(path("none")) == false)
        #expect(try files.exists(directory.path))
    }

    @Test func listIsSortedAndComplete() throws {
        for name in ["b", "a", "c.d", ".hidden"] { try files.writeWhole(path(name), []) }
        #expect(try files.list(directory.path) == [".hidden", "a", "b", "c.d"])
    }

    @Test func removeTreeRemovesLinksButNotWhatTheyLeadTo() throws {
        try files.makeDirectories(path("tree/inner/deep"))
        try files.makeDirectory(path("outside"))
        try files.writeWhole(path("outside/kept"), [1])
        try files.writeWhole(path("tree/inner/file"), [1])
        #expect(symlink(path("outside"), path("tree/inner/link")) == 0)
        try files.removeTree(path("tree"))
        #expect(try files.exists(path("tree")) == false)
        #expect(try files.readWhole(path("outside/kept")) == [1])
        try files.removeTree(path("tree"))
    }

    @Test func identityIsTheSameByEveryPath() throws {
        try files.writeWhole(path("a"), [1])
        #expect(link(path("a"), path("hard")) == 0)
        #expect(symlink(path("a"), path("soft")) == 0)
        try files.writeWhole(path("other"), [1])
        let identity = try #require(try files.status(path("a"))).identity
        #expect(try files.status(path("hard"))?.identity == identity)
        #expect(try files.status(path("soft"))?.identity == identity)
        #expect(try files.status(path("other"))?.identity != identity)
    }

    @Test func allocateOccupiesBlocks() throws {
        try files.allocate(path("ballast"), 1 << 20)
        let status = try #require(try files.status(path("ballast")))
        #expect(status.byteCount == 1 << 20)
        #expect(status.allocatedByteCount >= 1 << 20)
    }

    @Test func volumeHasANameAndSpace() throws {
        let volume = try files.volume(directory.path)
        #expect(volume.typeName != "unknown")
        #expect(volume.freeBytes > 0 && volume.freeBytes <= volume.totalBytes)
        #expect(try files.volume("/proc").typeName == "proc")
    }

    @Test(arguments: [
        ("ext4", false), ("xfs", false), ("tmpfs", false), ("nfs", true), ("nfs4", true), ("fuse.sshfs", true),
        ("overlay", false), ("cifs", true), ("9p", true),
    ])
    func networkVolumesAreUnsafe(type: String, isUnsafe: Bool) {
        #expect(VolumeStatus(typeName: type, totalBytes: 1, freeBytes: 1).isUnsafeForMemoryMaps == isUnsafe)
    }

    @Test func layersOfContainersAreTold() {
        #expect(VolumeStatus(typeName: "overlay", totalBytes: 1, freeBytes: 1).isLayered)
        #expect(!VolumeStatus(typeName: "ext4", totalBytes: 1, freeBytes: 1).isLayered)
    }

    /// In a process of its own: the setting is the process's.
    @Test func mappedFilesStayOutOfCoreDumps() async {
        await #expect(processExitsWith: .exitCode(0)) {
            try CoreDumps.leaveOutMappedFiles()
            let text = String(decoding: try FileSystem.system.readWhole("/proc/self/coredump_filter"), as: UTF8.self)
            guard let filter = UInt32(text.filter { $0.isHexDigit }, radix: 16) else { exit(2) }
            exit(filter & 0b1_1000_1100 == 0 ? 0 : 3)
        }
    }

    @Test(arguments: [
        ("/a/b", "/a"), ("/a/b/", "/a"), ("/a", "/"), ("a", "."), ("a/b", "a"), ("/", "/"), ("a//b", "a"),
    ])
    func parents(path: String, parent: String) {
        #expect(FileSystem.parent(of: path) == parent)
    }
}
