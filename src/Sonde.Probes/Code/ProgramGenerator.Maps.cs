using Sonde.Bpf;
using Sonde.Bpf.Instructions;
using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>Maps: keys, reading, assigning, deleting.</summary>
internal sealed partial class ProgramGenerator
{
    private const int OnlyNew = 1;

    /// <summary>Builds a key; of an unkeyed aggregation the index.</summary>
    private Place BuildKey(ProbeMap map, IReadOnlyList<Expression> key)
    {
        MapLayout layout = _layout[map];
        Place place = _frame.Take(layout.KeySize), part = place;
        if (layout.IsUnkeyed)
        {
            BuildIndex(layout, place);
            return place;
        }

        if (layout.HasGenerations)
        {
            part = part.At(WordSize);
        }

        for (int i = 0; i < key.Count; i++)
        {
            Build(key[i], part, map.KeyTypes[i].Size);
            part = part.At(map.KeyTypes[i].Size);
        }

        if (layout.HasGenerations)
        {
            StoreAndRelease(LoadGeneration(), place);
        }

        return place;
    }

    private void BuildIndex(MapLayout layout, Place place)
    {
        if (layout.HasGenerations)
        {
            BpfRegister generation = LoadGeneration();
            _code.Emit(BpfInstruction.Store(BpfWidth.Four, place.Base, place.Offset, generation));
            _registers.Release(generation);
        }
        else
        {
            _code.Emit(BpfInstruction.Store(BpfWidth.Four, place.Base, place.Offset, 0));
        }
    }

    private BpfRegister LoadGeneration()
    {
        BpfRegister register = _registers.Take();
        _code.LoadMapValue(register, _layout.Generation());
        _code.Emit(BpfInstruction.Load(BpfWidth.Eight, register, register, 0));
        return register;
    }

    /// <summary><c>bpf_map_lookup_elem</c>: the value's address or 0 in r0, which is taken.</summary>
    private BpfRegister Lookup(int map, Place key)
    {
        LoadAddress(BpfRegister.R2, key);
        _code.LoadMap(BpfRegister.R1, map);
        return Call(BpfHelper.MapLookup);
    }

    private BpfRegister EvaluateMapValue(MapValue value)
    {
        if (IsDirect(value.Map))
        {
            BpfRegister register = _registers.Take();
            _code.LoadMapValue(register, _layout.IndexOf(value.Map));
            _code.Emit(BpfInstruction.Load(BpfWidth.Eight, register, register, 0));
            return register;
        }

        (int, int) mark = _frame.Mark();
        Label none = new();
        BpfRegister address = Lookup(_layout.IndexOf(value.Map), BuildKey(value.Map, value.Key));
        _code.JumpIf(BpfJump.Equal, address, 0, none);
        LoadCell(address, value.Map.Aggregation);
        _code.Mark(none);
        _frame.Return(mark);
        return address;
    }

    /// <summary>What a single reading of a value gives, in place of its address.</summary>
    private void LoadCell(BpfRegister address, Aggregation? aggregation)
    {
        if (aggregation?.Kind is not (AggregationKind.Average or AggregationKind.Statistics))
        {
            _code.Emit(BpfInstruction.Load(BpfWidth.Eight, address, address, 0));
            return;
        }

        BpfRegister count = _registers.Take();
        _code.Emit(BpfInstruction.Load(BpfWidth.Eight, count, address, WordSize));
        _code.Emit(BpfInstruction.Load(BpfWidth.Eight, address, address, 0));
        if (aggregation.IsSigned)
        {
            DivideSigned(BinaryOperator.Divide, address, count);
        }
        else
        {
            _code.Emit(BpfInstruction.Alu(BpfAlu.Divide, address, count));
        }

        _registers.Release(count);
    }

    /// <summary>A value that does not fit a register, copied out of its map.</summary>
    private void BuildMapValue(MapValue value, Place place, int size)
    {
        BpfRegister address;
        (int, int) mark = _frame.Mark();
        Label none = new(), end = new();
        if (IsDirect(value.Map))
        {
            address = _registers.Take();
            _code.LoadMapValue(address, _layout.IndexOf(value.Map));
        }
        else
        {
            address = Lookup(_layout.IndexOf(value.Map), BuildKey(value.Map, value.Key));
            _code.JumpIf(BpfJump.Equal, address, 0, none);
        }

        // The copy may call, which destroys the address: it is read before that.
        _registers.Release(address);
        CopyFrom(address, value.Type.Size, place, size);
        _code.Jump(end);
        _code.Mark(none);
        Clear(place, size);
        _code.Mark(end);
        _frame.Return(mark);
    }

    private void CopyFrom(BpfRegister address, int available, Place to, int size)
    {
        if (Math.Min(available, size) > LargeCopy)
        {
            CallRead(BpfHelper.ReadKernel, to, Math.Min(available, size), address);
            Clear(to.At(Math.Min(available, size)), size - Math.Min(available, size));
            return;
        }

        _ = _registers.Take(address);
        Copy(new(address, 0), available, to, size);
        _registers.Release(address);
    }

    private void AssignMap(AssignMap assign)
    {
        int map = _layout.IndexOf(assign.Map);
        int size = assign.Map.ValueType.Size;
        if (IsDirect(assign.Map))
        {
            AssignDirectly(assign, map, size);
            return;
        }

        if (assign.Map.ValueType.IsScalar && !_deletedFrom.Contains(assign.Map))
        {
            AssignInPlace(assign, map);
            return;
        }

        Place key = BuildKey(assign.Map, assign.Key);
        Place value = _frame.Take(size);
        Build(assign.Value, value, size);
        Update(map, key, value);
    }

    /// <summary>An unkeyed value: its address is in the instructions.</summary>
    private void AssignDirectly(AssignMap assign, int map, int size)
    {
        Place? built = assign.Map.ValueType.IsScalar ? null : _frame.Take(size);
        BpfRegister? scalar = null;
        if (built is { } place)
        {
            Build(assign.Value, place, size);
        }
        else
        {
            scalar = EvaluateNumber(assign.Value);
        }

        BpfRegister address = _registers.Take();
        _code.LoadMapValue(address, map);
        if (scalar is { } value)
        {
            StoreAndRelease(value, new(address, 0));
        }
        else
        {
            Copy(built!.Value, size, new(address, 0), size);
        }

        StoreWord(new(address, (short)size), 1);
        _registers.Release(address);
    }

    /// <summary>A number under a key that nothing deletes: most often it is there already, and then storing is all.</summary>
    private void AssignInPlace(AssignMap assign, int map)
    {
        Label found = new(), end = new();
        Place value = _frame.Take(WordSize);
        Place key = BuildKey(assign.Map, assign.Key);
        Build(assign.Value, value, WordSize);
        BpfRegister address = Lookup(map, key);
        _code.JumpIf(BpfJump.NotEqual, address, 0, found);
        _registers.Release(address);
        Update(map, key, value);
        _code.Jump(end);
        _code.Mark(found);
        _ = _registers.Take(address);
        StoreAndRelease(LoadWord(value), new(address, 0));
        _registers.Release(address);
        _code.Mark(end);
    }

    /// <summary><c>bpf_map_update_elem</c>; a refused key is counted.</summary>
    private void Update(int map, Place key, Place value)
    {
        Label done = new();
        LoadAddress(BpfRegister.R2, key);
        LoadAddress(BpfRegister.R3, value);
        _code.LoadMap(BpfRegister.R1, map);
        _code.Load64(BpfRegister.R4, 0);
        BpfRegister result = Call(BpfHelper.MapUpdate);
        _code.JumpIf(BpfJump.Equal, result, 0, done);
        _registers.Release(result);
        Count(CompiledUnit.LostEventCounter + 1 + map);
        _code.Mark(done);
    }

    /// <summary>
    /// The address of a key's value in r0, which is taken: a new key begins with zeroes, a refused one is counted and jumps, or is changed
    /// to the one that stands for all that are refused.
    /// </summary>
    private BpfRegister FindOrInsert(int map, Place key, Label refused)
    {
        Label found = new();
        BpfRegister address = Lookup(map, key);
        _code.JumpIf(BpfJump.NotEqual, address, 0, found);
        _registers.Release(address);
        if (_layout.Maps[map].Type is BpfMapType.Hash or BpfMapType.PerCpuHash)
        {
            LoadAddress(BpfRegister.R2, key);
            _code.LoadMap(BpfRegister.R1, map);
            _code.LoadMapValue(BpfRegister.R3, _layout.Zeroes());
            _code.Load64(BpfRegister.R4, OnlyNew);
            CallAndForget(BpfHelper.MapUpdate);
            _registers.Release(Lookup(map, key));
            _code.JumpIf(BpfJump.NotEqual, address, 0, found);
            Count(CompiledUnit.LostEventCounter + 1 + map);
            if (_layout.Maps[map].KeepsRefused)
            {
                BpfRegister generation = LoadWord(key);
                _code.Emit(BpfInstruction.Alu(BpfAlu.Or, generation, MapLayout.RefusedMark));
                StoreAndRelease(generation, key);
                Clear(key.At(WordSize), _layout.Maps[map].KeySize - WordSize);
                _registers.Release(Lookup(map, key));
                _code.JumpIf(BpfJump.NotEqual, address, 0, found);
            }
        }

        _code.Jump(refused);
        _code.Mark(found);
        return _registers.Take(address);
    }

    private void AddToMap(AddToMap add)
    {
        int map = _layout.IndexOf(add.Map);
        if (IsDirect(add.Map))
        {
            BpfRegister amount = EvaluateNumber(add.Amount), value = _registers.Take();
            _code.LoadMapValue(value, map);
            _code.Emit(BpfInstruction.AtomicAdd(value, 0, amount));
            StoreWord(new(value, WordSize), 1);
            _registers.Release(value);
            _registers.Release(amount);
            return;
        }

        Label end = new();
        Held? held = Calls(add.Amount) ? Hold(EvaluateNumber(add.Amount)) : null;
        BpfRegister address = FindOrInsert(map, BuildKey(add.Map, add.Key), end);
        Scalar amountNow = held is { } kept ? new(Restore(kept), true) : ReadNumber(add.Amount);
        _code.Emit(BpfInstruction.AtomicAdd(address, 0, amountNow.Register));
        Release(amountNow);
        _registers.Release(address);
        _code.Mark(end);
    }

    private void Delete(DeleteFromMap delete)
    {
        int map = _layout.IndexOf(delete.Map);
        MapLayout layout = _layout.Maps[map];
        if (layout.IsUnkeyed)
        {
            Label none = new();
            BpfRegister address;
            if (IsDirect(delete.Map))
            {
                address = _registers.Take();
                _code.LoadMapValue(address, map);
            }
            else
            {
                // Of an aggregation, this CPU's: what the others counted can only be emptied by user space.
                address = Lookup(map, BuildKey(delete.Map, delete.Key));
                _code.JumpIf(BpfJump.Equal, address, 0, none);
            }

            Clear(new(address, 0), layout.ValueSize);
            _registers.Release(address);
            _code.Mark(none);
            return;
        }

        LoadAddress(BpfRegister.R2, BuildKey(delete.Map, delete.Key));
        _code.LoadMap(BpfRegister.R1, map);
        CallAndForget(BpfHelper.MapDelete);
    }

    /// <summary>Adds 1 to a word of the counters.</summary>
    private void Count(int counter)
    {
        Label none = new();
        (int, int) mark = _frame.Mark();
        Place key = _frame.Take(WordSize);
        _code.Emit(BpfInstruction.Store(BpfWidth.Four, key.Base, key.Offset, 0));
        BpfRegister words = Lookup(_layout.Counters(), key);
        _code.JumpIf(BpfJump.Equal, words, 0, none);
        Increment(new(words, checked((short)(counter * WordSize))), isAtomic: true);
        _registers.Release(words);
        _code.Mark(none);
        _frame.Return(mark);
    }

    /// <summary>True for a value whose address is known when the program is loaded.</summary>
    private static bool IsDirect(ProbeMap map) => map.KeyTypes.Count == 0 && map.Aggregation is null;
}
