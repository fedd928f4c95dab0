using System.Reflection;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Types;

public sealed class WellKnownIdsTests
{
    [Fact]
    public void No_id_is_given_twice()
    {
        Type[] tables = [typeof(ObjectIds), typeof(VariableIds), typeof(MethodIds), typeof(DataTypeIds), typeof(ReferenceTypeIds), typeof(ObjectTypeIds), typeof(VariableTypeIds)];
        IEnumerable<uint> ids = tables.SelectMany(t => t.GetFields(BindingFlags.Public | BindingFlags.Static)).Select(f => (uint)f.GetRawConstantValue()!);
        Assert.Empty(ids.GroupBy(id => id).Where(g => g.Count() > 1).Select(g => g.Key));
    }

    [Theory]
    [InlineData(ObjectIds.ObjectsFolder, 85)]
    [InlineData(ObjectIds.Server, 2253)]
    [InlineData(VariableIds.Server_NamespaceArray, 2255)]
    [InlineData(VariableIds.Server_ServerStatus_CurrentTime, 2258)]
    [InlineData(VariableIds.Server_ServerStatus_State, 2259)]
    [InlineData(VariableIds.Server_ServiceLevel, 2267)]
    [InlineData(ReferenceTypeIds.HasComponent, 47)]
    public void Id_that_everybody_knows_is_right(uint id, uint expected) => Assert.Equal(expected, id);

    [Fact]
    public void Data_types_of_built_in_types_have_their_numbers()
    {
        foreach (BuiltInType type in Enum.GetValues<BuiltInType>())
        {
            if (typeof(DataTypeIds).GetField(type.ToString()) is { } field) Assert.Equal((uint)type, (uint)field.GetRawConstantValue()!);
        }
    }
}
