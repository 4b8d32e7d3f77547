import Platform

extension FileSystem {
    /// Removes a directory that others may be working in: whoever is about to make files in it finds it gone. Nothing there is
    /// no error.
    func vanish(_ path: String) throws(FileError) {
        guard try exists(path) else { return }
        try removeTree(Self.vanishing(path))
        try rename(path, Self.vanishing(path))
        try removeTree(Self.vanishing(path))
    }

    /// Where it is while it goes; what a crash left there goes with the next.
    static func vanishing(_ path: String) -> String { path + ".gone" }
}
