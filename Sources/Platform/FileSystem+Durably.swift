import Glibc

extension FileSystem {
    /// Replaces a file's whole content so that a crash leaves either the old content or the new, never a mixture.
    ///
    /// Steps: write and flush `path.new`, rename it, flush the directory. One writer a path at a time.
    public func writeAtomically(_ path: String, _ bytes: [UInt8]) throws(FileError) {
        let temporary = path + ".new"
        do throws(FileError) {
            try writeWhole(temporary, bytes)
            try rename(temporary, path)
        } catch {
            // The first error is the one worth reporting; a leftover is overwritten by the next attempt.
            try? remove(temporary)
            throw error
        }
        try synchronize(FileSystem.parent(of: path))
    }

    /// Renames and flushes the directories on both sides.
    public func renameDurably(_ source: String, _ target: String) throws(FileError) {
        try rename(source, target)
        let sourceParent = FileSystem.parent(of: source)
        let targetParent = FileSystem.parent(of: target)
        try synchronize(targetParent)
        if sourceParent != targetParent {
            try synchronize(sourceParent)
        }
    }

    /// Removes a file or a directory with all it holds; links are removed, never followed. Nothing there is no error.
    public func removeTree(_ path: String) throws(FileError) {
        do throws(FileError) {
            try remove(path)
            return
        } catch {
            switch error.errno {
            case ENOENT: return
            case ENOTEMPTY, EEXIST: break
            default: throw error
            }
        }
        for name in try list(path) {
            try removeTree(path + "/" + name)
        }
        try remove(path)
    }

    /// Makes a directory and the parents that are missing; each new one is flushed into its parent.
    public func makeDirectories(_ path: String) throws(FileError) {
        if let status = try status(path) {
            guard status.kind == .directory else {
                throw FileError(operation: "make directory", path: path, errno: ENOTDIR)
            }
            return
        }
        let parent = FileSystem.parent(of: path)
        if parent != path {
            try makeDirectories(parent)
        }
        try makeDirectory(path)
        try synchronize(parent)
    }

    /// Whether the path leads to anything.
    public func exists(_ path: String) throws(FileError) -> Bool {
        try status(path) != nil
    }

    /// The directory that holds a path: "a" for "a/b" and "a/b/", "." for "b", "/" for "/b".
    public static func parent(of path: String) -> String {
        let trimmed = withoutTrailingSlashes(path)
        guard let slash = trimmed.lastIndex(of: "/") else { return "." }
        let parent = withoutTrailingSlashes(String(trimmed[..<slash]))
        return parent.isEmpty ? "/" : parent
    }

    /// The path without slashes at its end; "/" stays.
    public static func withoutTrailingSlashes(_ path: String) -> String {
        var end = path.endIndex
        while end > path.startIndex, path[path.index(before: end)] == "/" {
            end = path.index(before: end)
        }
        if end == path.startIndex, !path.isEmpty { return "/" }
        return String(path[..<end])
    }
}
