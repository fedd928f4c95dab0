using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Server;

/// <summary>Browsing and paths (Part 4 §5.8), and that namespace 0 makes sense to who browses it (Part 5).</summary>
[Collection(nameof(Alone))]
public sealed class ViewTests
{
    [Fact]
    public async Task Every_node_is_reached_from_root_and_names_a_type_that_exists()
    {
        await using var rig = await ServerRig.StartAsync();
        rig.Double("Tag", change: options => options with { EngineeringRange = (0, 1) });
        ServiceClient client = await rig.SignInAsync();
        var seen = new Dictionary<NodeId, ReferenceDescription>();
        var queue = new Queue<NodeId>([ObjectIds.RootFolder]);
        while (queue.TryDequeue(out NodeId next))
        {
            BrowseResult result = await BrowseAsync(client, next, ReferenceTypeIds.HierarchicalReferences);
            Assert.True(result.StatusCode.IsGood);
            foreach (ReferenceDescription reference in result.References)
                if (seen.TryAdd(reference.NodeId.NodeId, reference)) queue.Enqueue(reference.NodeId.NodeId);
        }
        Assert.True(seen.Count > 300, $"{seen.Count} nodes");
        foreach ((NodeId id, ReferenceDescription reference) in seen)
        {
            bool instance = reference.NodeClass is NodeClass.Object or NodeClass.Variable;
            Assert.True(!instance || rig.Server.AddressSpace.Find(reference.TypeDefinition.NodeId) is TypeNode, $"{id} {reference.BrowseName} has no type");
        }
        Assert.Equal("EURange", seen[new NodeId("ns=2;s=Tag.EURange", rig.Namespace)].BrowseName.Name);
    }

    [Fact]
    public async Task Browse_follows_direction_type_class_and_mask()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode tag = rig.Double("Tag");
        ServiceClient client = await rig.SignInAsync();
        ReferenceDescription parent = Assert.Single((await BrowseAsync(client, tag.NodeId, ReferenceTypeIds.HierarchicalReferences, BrowseDirection.Inverse)).References);
        Assert.Equal((rig.Plant.NodeId, false, (NodeId)ReferenceTypeIds.Organizes), (parent.NodeId.NodeId, parent.IsForward, parent.ReferenceTypeId));
        Assert.Equal(2, (await BrowseAsync(client, tag.NodeId, default, BrowseDirection.Both)).References.Length);
        Assert.Empty((await BrowseAsync(client, rig.Plant.NodeId, ReferenceTypeIds.HierarchicalReferences, subtypes: false)).References);
        Assert.Empty((await BrowseAsync(client, rig.Plant.NodeId, ReferenceTypeIds.Organizes, classes: NodeClass.Method)).References);
        ReferenceDescription bare = Assert.Single((await BrowseAsync(client, rig.Plant.NodeId, ReferenceTypeIds.Organizes, mask: BrowseResultMask.BrowseName)).References);
        Assert.Equal((new QualifiedName(rig.Namespace, "Tag"), (NodeClass)0, default(NodeId)), (bare.BrowseName, bare.NodeClass, bare.ReferenceTypeId));
        Assert.Equal(StatusCodes.BadNodeIdUnknown, (await BrowseAsync(client, rig.Id("None"), default)).StatusCode);
        Assert.Equal(StatusCodes.BadReferenceTypeIdInvalid, (await BrowseAsync(client, rig.Plant.NodeId, ObjectIds.RootFolder)).StatusCode);
        Assert.Equal(StatusCodes.BadBrowseDirectionInvalid, (await BrowseAsync(client, rig.Plant.NodeId, default, (BrowseDirection)9)).StatusCode);
    }

    [Fact]
    [Trait("Clause", "Part 4 BrowseNext pages")]
    public async Task Continuation_points_give_everything_once_are_capped_and_can_be_released()
    {
        await using var rig = await ServerRig.StartAsync(change: options => options with { Limits = new ServerLimits { MaxContinuationPointsPerSession = 2 } });
        for (int i = 0; i < 25; i++) rig.Double($"Tag{i}");
        ServiceClient client = await rig.SignInAsync();
        var names = new List<string?>();
        BrowseResult page = await BrowseAsync(client, rig.Plant.NodeId, ReferenceTypeIds.Organizes, most: 10);
        byte[] first = page.ContinuationPoint!;
        names.AddRange(page.References.Select(reference => reference.BrowseName.Name));
        while (page.ContinuationPoint is { } point)
        {
            page = (await client.SendAsync<BrowseNextResponse>(new BrowseNextRequest { ContinuationPoints = [point] })).Results[0];
            names.AddRange(page.References.Select(reference => reference.BrowseName.Name));
        }
        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"Tag{i}"), names);
        Assert.Equal(StatusCodes.BadContinuationPointInvalid, (await client.SendAsync<BrowseNextResponse>(new BrowseNextRequest { ContinuationPoints = [first] })).Results[0].StatusCode);

        BrowseResult a = await BrowseAsync(client, rig.Plant.NodeId, ReferenceTypeIds.Organizes, most: 1);
        await BrowseAsync(client, rig.Plant.NodeId, ReferenceTypeIds.Organizes, most: 1);
        Assert.Equal(StatusCodes.BadNoContinuationPoints, (await BrowseAsync(client, rig.Plant.NodeId, ReferenceTypeIds.Organizes, most: 1)).StatusCode);
        await client.SendAsync<BrowseNextResponse>(new BrowseNextRequest { ReleaseContinuationPoints = true, ContinuationPoints = [a.ContinuationPoint] });
        Assert.NotNull((await BrowseAsync(client, rig.Plant.NodeId, ReferenceTypeIds.Organizes, most: 1)).ContinuationPoint);
    }

    [Fact]
    public async Task Path_leads_to_its_node()
    {
        await using var rig = await ServerRig.StartAsync();
        VariableNode tag = rig.Double("Tag");
        ServiceClient client = await rig.SignInAsync();
        BrowsePathResult found = await TranslateAsync(client, ObjectIds.RootFolder, new(0, "Objects"), new(2, "Plant"), new(2, "Tag"));
        Assert.Equal(tag.NodeId, Assert.Single(found.Targets).TargetId.NodeId);
        Assert.Equal(uint.MaxValue, found.Targets[0].RemainingPathIndex);
        Assert.Equal(StatusCodes.BadNoMatch, (await TranslateAsync(client, ObjectIds.RootFolder, new QualifiedName(1, "Objects"))).StatusCode);
        Assert.Equal(StatusCodes.BadNodeIdUnknown, (await TranslateAsync(client, rig.Id("None"), new QualifiedName(0, "Objects"))).StatusCode);
        Assert.Equal(StatusCodes.BadNothingToDo, (await TranslateAsync(client, ObjectIds.RootFolder)).StatusCode);
    }

    [Fact]
    [Hostile(22)]
    public async Task Path_of_thousands_of_elements_is_refused_and_loops_do_not_multiply()
    {
        await using var rig = await ServerRig.StartAsync();
        ServiceClient client = await rig.SignInAsync();
        QualifiedName[] endless = [.. Enumerable.Repeat(new QualifiedName(0, "Objects"), 8000)];
        Assert.Equal(StatusCodes.BadTooManyOperations, (await TranslateAsync(client, ObjectIds.RootFolder, endless)).StatusCode);
        // Two nodes of one name that refer to each other in both ways: paths double with each step, nodes do not.
        ObjectNode a = rig.Server.AddressSpace.AddFolder(rig.Plant, rig.Id("a"), "Loop"), b = rig.Server.AddressSpace.AddFolder(rig.Plant, rig.Id("b"), "Loop");
        foreach ((Node from, Node to) in new[] { (a, b), (b, a), (a, a), (b, b) }) rig.Server.AddressSpace.AddReference(from, ReferenceTypeIds.Organizes, to);
        BrowsePathResult looped = await TranslateAsync(client, rig.Plant.NodeId, [.. Enumerable.Repeat(new QualifiedName(rig.Namespace, "Loop"), 64)]);
        Assert.Equal(2, looped.Targets.Length);
    }

    [Fact]
    [Trait("Clause", "Part 5 OperationLimits")]
    public async Task Operation_limits_are_shown_and_held()
    {
        await using var rig = await ServerRig.StartAsync(change: options => options with { Limits = new ServerLimits { MaxNodesPerRead = 3, MaxNodesPerBrowse = 2 } });
        ServiceClient client = await rig.SignInAsync();
        Assert.Equal(3u, (await client.ReadAsync(11705u)).Value.Get<uint>());
        ReadValueId node = new() { NodeId = VariableIds.Server_ServerStatus_State };
        Assert.Equal(StatusCodes.BadTooManyOperations, await client.FaultAsync(new ReadRequest { NodesToRead = [node, node, node, node] }));
        Assert.Equal(StatusCodes.BadNothingToDo, await client.FaultAsync(new ReadRequest()));
        Assert.Equal(StatusCodes.BadTooManyOperations, await client.FaultAsync(new BrowseRequest { NodesToBrowse = [new(), new(), new()] }));
        Assert.Equal(StatusCodes.BadNothingToDo, await client.FaultAsync(new BrowseNextRequest()));
    }

    [Fact]
    public async Task Registered_nodes_keep_their_ids()
    {
        await using var rig = await ServerRig.StartAsync();
        ServiceClient client = await rig.SignInAsync();
        var registered = await client.SendAsync<RegisterNodesResponse>(new RegisterNodesRequest { NodesToRegister = [rig.Plant.NodeId] });
        Assert.Equal(rig.Plant.NodeId, Assert.Single(registered.RegisteredNodeIds));
        await client.SendAsync<UnregisterNodesResponse>(new UnregisterNodesRequest { NodesToUnregister = registered.RegisteredNodeIds });
    }

    private static async Task<BrowseResult> BrowseAsync(ServiceClient client, NodeId node, NodeId referenceType, BrowseDirection direction = BrowseDirection.Forward,
        bool subtypes = true, NodeClass classes = 0, BrowseResultMask mask = BrowseResultMask.All, uint most = 0)
    {
        var response = await client.SendAsync<BrowseResponse>(new BrowseRequest
        {
            RequestedMaxReferencesPerNode = most,
            NodesToBrowse =
            [
                new BrowseDescription { NodeId = node, BrowseDirection = direction, ReferenceTypeId = referenceType, IncludeSubtypes = subtypes, NodeClassMask = classes, ResultMask = mask },
            ],
        });
        return response.Results[0];
    }

    private static async Task<BrowsePathResult> TranslateAsync(ServiceClient client, NodeId start, params QualifiedName[] names)
    {
        var response = await client.SendAsync<TranslateBrowsePathsToNodeIdsResponse>(new TranslateBrowsePathsToNodeIdsRequest
        {
            BrowsePaths =
            [
                new BrowsePath
                {
                    StartingNode = start,
                    RelativePath = new RelativePath { Elements = [.. names.Select(name => new RelativePathElement { ReferenceTypeId = ReferenceTypeIds.HierarchicalReferences, IncludeSubtypes = true, TargetName = name })] },
                },
            ],
        });
        return response.Results[0];
    }
}
