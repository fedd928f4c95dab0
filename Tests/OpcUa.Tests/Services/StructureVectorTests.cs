using System.Reflection;
using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Encoding;

namespace PatchEdge.OpcUa.Tests.Services;

public sealed class StructureVectorTests
{
    public static TheoryData<string> Names => [.. StructureVector.All.Select(v => v.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Structure_decodes_and_encodes_to_the_same_bytes(string name)
    {
        StructureVector vector = StructureVector.Of(name);
        Call(nameof(DecodeAndEncode), vector.Type, vector);
    }

    [Theory, MemberData(nameof(Names))]
    public void Structure_names_its_fields_in_wire_order(string name)
    {
        StructureVector vector = StructureVector.Of(name);
        string[] properties = [.. vector.Type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Select(p => p.Name)];
        Assert.Equal(vector.Fields.Select(f => f.Field), properties);
    }

    [Theory, MemberData(nameof(Names))]
    public void Message_is_found_by_its_encoding_id(string name)
    {
        StructureVector vector = StructureVector.Of(name);
        IEncodable? message = vector.IsRequest ? ServiceMessages.DecodeRequest(vector.Message)
            : vector.IsResponse ? ServiceMessages.DecodeResponse(vector.Message) : null;
        if (message is null) return;
        Assert.IsType(vector.Type, message);
        Assert.Equal(Bytes.Hex(vector.Message), Bytes.Hex(Bytes.Written(w => ServiceMessages.Encode(w, message))));
    }

    [Theory, MemberData(nameof(Names))]
    public void Minimum_size_is_that_of_the_smallest_instance(string name)
    {
        StructureVector vector = StructureVector.Of(name);
        Call(nameof(EncodeSmallest), vector.Type, vector);
    }

    [Fact]
    public void Every_structure_has_a_vector()
    {
        IEnumerable<string> encodable = typeof(ServiceMessages).Assembly.GetTypes()
            .Where(t => typeof(IEncodable).IsAssignableFrom(t) && t is { IsInterface: false, Namespace: "PatchEdge.OpcUa.Services" }).Select(t => t.Name);
        Assert.Equal(StructureVector.All.Select(v => v.Name).Order(StringComparer.Ordinal), encodable.Order(StringComparer.Ordinal));
    }

    private static void Call(string method, Type type, StructureVector vector) =>
        typeof(StructureVectorTests).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [vector], null);

    private static void DecodeAndEncode<T>(StructureVector vector) where T : IEncodable<T>
    {
        Assert.Equal(vector.EncodingId, T.BinaryEncodingId);
        T decoded = Bytes.Read(vector.Body, static (ref r) => T.Decode(ref r));
        Assert.Equal(Bytes.Hex(vector.Body), Bytes.Hex(Bytes.Written(decoded.Encode)));
    }

    private static void EncodeSmallest<T>(StructureVector vector) where T : IEncodable<T>, new()
    {
        byte[] smallest = Bytes.Written(new T().Encode);
        Assert.Equal(T.MinimumSize, smallest.Length);
        Assert.True(vector.Body.Length >= smallest.Length);
    }
}
