import Crypto
import EventLog
import Testing

/// The test vectors of Certificate Transparency (transparency-dev/merkle, testonly): eight leaves, all roots, and
/// proofs.
@Suite struct MerkleVectorTests {
    static let entries = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    ]

    static let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    static let leaves = entries.map { entry in
        ([0x00] + bytes(hex: entry)).withUnsafeBytes { Digest32.hashing($0) }
    }

    static func subtree(_ subtree: MerkleSubtree) -> Digest32 {
        MerkleTree.subtreeRoot(subtree) { leaves[Int($0)] }
    }

    @Test func emptyRoot() {
        #expect(MerkleTree.emptyRoot.description == Self.roots[0])
        #expect(MerkleFrontier().root == MerkleTree.emptyRoot)
        #expect(MerkleTree.root(size: 0, subtree: Self.subtree) == MerkleTree.emptyRoot)
    }

    @Test func rootsOfAllSizes() {
        var frontier = MerkleFrontier()
        for (index, leaf) in Self.leaves.enumerated() {
            frontier.append(leaf)
            #expect(frontier.root.description == Self.roots[index + 1])
            let root = MerkleTree.root(size: UInt64(index + 1), subtree: Self.subtree)
            #expect(root.description == Self.roots[index + 1])
        }
    }

    @Test(
        arguments: [
            (
                0, 8,
                [
                    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
                ]
            ),
            (
                5, 8,
                [
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                ]
            ),
            (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
            (0, 1, []),
        ] as [(Int, Int, [String])])
    func inclusionProofs(index: Int, size: Int, expected: [String]) throws {
        let proof = try #require(
            MerkleTree.inclusionProof(index: UInt64(index), size: UInt64(size), subtree: Self.subtree))
        #expect(proof.map(\.description) == expected)
        let root = try #require(Digest32(hex: Self.roots[size]))
        #expect(
            MerkleTree.verifyInclusion(
                of: Self.leaves[index], index: UInt64(index), size: UInt64(size), root: root, proof: proof))
    }

    @Test(
        arguments: [
            (
                1, 8,
                [
                    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
                ]
            ),
            (
                6, 8,
                [
                    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                ]
            ),
            (
                2, 5,
                [
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                ]
            ),
            (8, 8, []),
            (0, 5, []),
        ] as [(Int, Int, [String])])
    func consistencyProofs(first: Int, second: Int, expected: [String]) throws {
        let proof = try #require(
            MerkleTree.consistencyProof(from: UInt64(first), to: UInt64(second), subtree: Self.subtree))
        #expect(proof.map(\.description) == expected)
        let firstRoot = try #require(Digest32(hex: Self.roots[first]))
        let secondRoot = try #require(Digest32(hex: Self.roots[second]))
        #expect(
            MerkleTree.verifyConsistency(
                firstSize: UInt64(first), firstRoot: firstRoot, secondSize: UInt64(second), secondRoot: secondRoot,
                proof: proof))
    }
}
