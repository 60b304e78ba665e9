"""The table of instructions, but for vectors; `harness.standard.instructions` tells how to read it."""

TABLE = """
[mvp]
0x00 unreachable : *
0x01 nop : ->
0x02 block blocktype : *
0x03 loop blocktype : *
0x04 if blocktype : *
0x05 else : *
0x0B end : *
0x0C br labelidx : *
0x0D br_if labelidx : *
0x0E br_table labels labelidx : *
0x0F return : *
0x10 call funcidx : *
0x11 call_indirect typeidx tableidx : *
0x1A drop : *
0x1B select : *
0x20 local.get localidx : *
0x21 local.set localidx : *
0x22 local.tee localidx : *
0x23 global.get globalidx : *
0x24 global.set globalidx : *
0x28 i32.load memarg/4 : addr -> i32
0x29 i64.load memarg/8 : addr -> i64
0x2A f32.load memarg/4 : addr -> f32
0x2B f64.load memarg/8 : addr -> f64
0x2C i32.load8_s memarg/1 : addr -> i32
0x2D i32.load8_u memarg/1 : addr -> i32
0x2E i32.load16_s memarg/2 : addr -> i32
0x2F i32.load16_u memarg/2 : addr -> i32
0x30 i64.load8_s memarg/1 : addr -> i64
0x31 i64.load8_u memarg/1 : addr -> i64
0x32 i64.load16_s memarg/2 : addr -> i64
0x33 i64.load16_u memarg/2 : addr -> i64
0x34 i64.load32_s memarg/4 : addr -> i64
0x35 i64.load32_u memarg/4 : addr -> i64
0x36 i32.store memarg/4 : addr i32 ->
0x37 i64.store memarg/8 : addr i64 ->
0x38 f32.store memarg/4 : addr f32 ->
0x39 f64.store memarg/8 : addr f64 ->
0x3A i32.store8 memarg/1 : addr i32 ->
0x3B i32.store16 memarg/2 : addr i32 ->
0x3C i64.store8 memarg/1 : addr i64 ->
0x3D i64.store16 memarg/2 : addr i64 ->
0x3E i64.store32 memarg/4 : addr i64 ->
0x3F memory.size memidx : -> addr
0x40 memory.grow memidx : addr -> addr
0x41 i32.const i32 : -> i32
0x42 i64.const i64 : -> i64
0x43 f32.const f32 : -> f32
0x44 f64.const f64 : -> f64
0x45 i32.eqz : i32 -> i32
0x46 i32.eq : i32 i32 -> i32
0x47 i32.ne : i32 i32 -> i32
0x48 i32.lt_s : i32 i32 -> i32
0x49 i32.lt_u : i32 i32 -> i32
0x4A i32.gt_s : i32 i32 -> i32
0x4B i32.gt_u : i32 i32 -> i32
0x4C i32.le_s : i32 i32 -> i32
0x4D i32.le_u : i32 i32 -> i32
0x4E i32.ge_s : i32 i32 -> i32
0x4F i32.ge_u : i32 i32 -> i32
0x50 i64.eqz : i64 -> i32
0x51 i64.eq : i64 i64 -> i32
0x52 i64.ne : i64 i64 -> i32
0x53 i64.lt_s : i64 i64 -> i32
0x54 i64.lt_u : i64 i64 -> i32
0x55 i64.gt_s : i64 i64 -> i32
0x56 i64.gt_u : i64 i64 -> i32
0x57 i64.le_s : i64 i64 -> i32
0x58 i64.le_u : i64 i64 -> i32
0x59 i64.ge_s : i64 i64 -> i32
0x5A i64.ge_u : i64 i64 -> i32
0x5B f32.eq : f32 f32 -> i32
0x5C f32.ne : f32 f32 -> i32
0x5D f32.lt : f32 f32 -> i32
0x5E f32.gt : f32 f32 -> i32
0x5F f32.le : f32 f32 -> i32
0x60 f32.ge : f32 f32 -> i32
0x61 f64.eq : f64 f64 -> i32
0x62 f64.ne : f64 f64 -> i32
0x63 f64.lt : f64 f64 -> i32
0x64 f64.gt : f64 f64 -> i32
0x65 f64.le : f64 f64 -> i32
0x66 f64.ge : f64 f64 -> i32
0x67 i32.clz : i32 -> i32
0x68 i32.ctz : i32 -> i32
0x69 i32.popcnt : i32 -> i32
0x6A i32.add : i32 i32 -> i32
0x6B i32.sub : i32 i32 -> i32
0x6C i32.mul : i32 i32 -> i32
0x6D i32.div_s : i32 i32 -> i32
0x6E i32.div_u : i32 i32 -> i32
0x6F i32.rem_s : i32 i32 -> i32
0x70 i32.rem_u : i32 i32 -> i32
0x71 i32.and : i32 i32 -> i32
0x72 i32.or : i32 i32 -> i32
0x73 i32.xor : i32 i32 -> i32
0x74 i32.shl : i32 i32 -> i32
0x75 i32.shr_s : i32 i32 -> i32
0x76 i32.shr_u : i32 i32 -> i32
0x77 i32.rotl : i32 i32 -> i32
0x78 i32.rotr : i32 i32 -> i32
0x79 i64.clz : i64 -> i64
0x7A i64.ctz : i64 -> i64
0x7B i64.popcnt : i64 -> i64
0x7C i64.add : i64 i64 -> i64
0x7D i64.sub : i64 i64 -> i64
0x7E i64.mul : i64 i64 -> i64
0x7F i64.div_s : i64 i64 -> i64
0x80 i64.div_u : i64 i64 -> i64
0x81 i64.rem_s : i64 i64 -> i64
0x82 i64.rem_u : i64 i64 -> i64
0x83 i64.and : i64 i64 -> i64
0x84 i64.or : i64 i64 -> i64
0x85 i64.xor : i64 i64 -> i64
0x86 i64.shl : i64 i64 -> i64
0x87 i64.shr_s : i64 i64 -> i64
0x88 i64.shr_u : i64 i64 -> i64
0x89 i64.rotl : i64 i64 -> i64
0x8A i64.rotr : i64 i64 -> i64
0x8B f32.abs : f32 -> f32
0x8C f32.neg : f32 -> f32
0x8D f32.ceil : f32 -> f32
0x8E f32.floor : f32 -> f32
0x8F f32.trunc : f32 -> f32
0x90 f32.nearest : f32 -> f32
0x91 f32.sqrt : f32 -> f32
0x92 f32.add : f32 f32 -> f32
0x93 f32.sub : f32 f32 -> f32
0x94 f32.mul : f32 f32 -> f32
0x95 f32.div : f32 f32 -> f32
0x96 f32.min : f32 f32 -> f32
0x97 f32.max : f32 f32 -> f32
0x98 f32.copysign : f32 f32 -> f32
0x99 f64.abs : f64 -> f64
0x9A f64.neg : f64 -> f64
0x9B f64.ceil : f64 -> f64
0x9C f64.floor : f64 -> f64
0x9D f64.trunc : f64 -> f64
0x9E f64.nearest : f64 -> f64
0x9F f64.sqrt : f64 -> f64
0xA0 f64.add : f64 f64 -> f64
0xA1 f64.sub : f64 f64 -> f64
0xA2 f64.mul : f64 f64 -> f64
0xA3 f64.div : f64 f64 -> f64
0xA4 f64.min : f64 f64 -> f64
0xA5 f64.max : f64 f64 -> f64
0xA6 f64.copysign : f64 f64 -> f64
0xA7 i32.wrap_i64 : i64 -> i32
0xA8 i32.trunc_f32_s : f32 -> i32
0xA9 i32.trunc_f32_u : f32 -> i32
0xAA i32.trunc_f64_s : f64 -> i32
0xAB i32.trunc_f64_u : f64 -> i32
0xAC i64.extend_i32_s : i32 -> i64
0xAD i64.extend_i32_u : i32 -> i64
0xAE i64.trunc_f32_s : f32 -> i64
0xAF i64.trunc_f32_u : f32 -> i64
0xB0 i64.trunc_f64_s : f64 -> i64
0xB1 i64.trunc_f64_u : f64 -> i64
0xB2 f32.convert_i32_s : i32 -> f32
0xB3 f32.convert_i32_u : i32 -> f32
0xB4 f32.convert_i64_s : i64 -> f32
0xB5 f32.convert_i64_u : i64 -> f32
0xB6 f32.demote_f64 : f64 -> f32
0xB7 f64.convert_i32_s : i32 -> f64
0xB8 f64.convert_i32_u : i32 -> f64
0xB9 f64.convert_i64_s : i64 -> f64
0xBA f64.convert_i64_u : i64 -> f64
0xBB f64.promote_f32 : f32 -> f64
0xBC i32.reinterpret_f32 : f32 -> i32
0xBD i64.reinterpret_f64 : f64 -> i64
0xBE f32.reinterpret_i32 : i32 -> f32
0xBF f64.reinterpret_i64 : i64 -> f64
[sign-extension]
0xC0 i32.extend8_s : i32 -> i32
0xC1 i32.extend16_s : i32 -> i32
0xC2 i64.extend8_s : i64 -> i64
0xC3 i64.extend16_s : i64 -> i64
0xC4 i64.extend32_s : i64 -> i64
[saturating-conversions]
0xFC 0x00 i32.trunc_sat_f32_s : f32 -> i32
0xFC 0x01 i32.trunc_sat_f32_u : f32 -> i32
0xFC 0x02 i32.trunc_sat_f64_s : f64 -> i32
0xFC 0x03 i32.trunc_sat_f64_u : f64 -> i32
0xFC 0x04 i64.trunc_sat_f32_s : f32 -> i64
0xFC 0x05 i64.trunc_sat_f32_u : f32 -> i64
0xFC 0x06 i64.trunc_sat_f64_s : f64 -> i64
0xFC 0x07 i64.trunc_sat_f64_u : f64 -> i64
[bulk-memory]
0xFC 0x08 memory.init dataidx memidx : addr i32 i32 ->
0xFC 0x09 data.drop dataidx : ->
0xFC 0x0A memory.copy memidx memidx : *
0xFC 0x0B memory.fill memidx : addr i32 addr ->
0xFC 0x0C table.init elemidx tableidx : *
0xFC 0x0D elem.drop elemidx : ->
0xFC 0x0E table.copy tableidx tableidx : *
[reference-types]
0x1C select_t valtypes : *
0x25 table.get tableidx : *
0x26 table.set tableidx : *
0xD0 ref.null heaptype : *
0xD1 ref.is_null : *
0xD2 ref.func funcidx : *
0xFC 0x0F table.grow tableidx : *
0xFC 0x10 table.size tableidx : -> addr
0xFC 0x11 table.fill tableidx : *
[tail-call]
0x12 return_call funcidx : *
0x13 return_call_indirect typeidx tableidx : *
[function-references]
0x14 call_ref typeidx : *
0x15 return_call_ref typeidx : *
0xD4 ref.as_non_null : *
0xD5 br_on_null labelidx : *
0xD6 br_on_non_null labelidx : *
[exceptions]
0x08 throw tagidx : *
0x0A throw_ref : *
0x1F try_table blocktype catches : *
[gc]
0xD3 ref.eq : eqref eqref -> i32
0xFB 0x00 struct.new typeidx : *
0xFB 0x01 struct.new_default typeidx : *
0xFB 0x02 struct.get typeidx fieldidx : *
0xFB 0x03 struct.get_s typeidx fieldidx : *
0xFB 0x04 struct.get_u typeidx fieldidx : *
0xFB 0x05 struct.set typeidx fieldidx : *
0xFB 0x06 array.new typeidx : *
0xFB 0x07 array.new_default typeidx : *
0xFB 0x08 array.new_fixed typeidx u32 : *
0xFB 0x09 array.new_data typeidx dataidx : *
0xFB 0x0A array.new_elem typeidx elemidx : *
0xFB 0x0B array.get typeidx : *
0xFB 0x0C array.get_s typeidx : *
0xFB 0x0D array.get_u typeidx : *
0xFB 0x0E array.set typeidx : *
0xFB 0x0F array.len : arrayref -> i32
0xFB 0x10 array.fill typeidx : *
0xFB 0x11 array.copy typeidx typeidx : *
0xFB 0x12 array.init_data typeidx dataidx : *
0xFB 0x13 array.init_elem typeidx elemidx : *
0xFB 0x14 ref.test heaptype : *
0xFB 0x15 ref.test_null heaptype : *
0xFB 0x16 ref.cast heaptype : *
0xFB 0x17 ref.cast_null heaptype : *
0xFB 0x18 br_on_cast labelidx reftype reftype : *
0xFB 0x19 br_on_cast_fail labelidx reftype reftype : *
0xFB 0x1A any.convert_extern : *
0xFB 0x1B extern.convert_any : *
0xFB 0x1C ref.i31 : i32 -> (ref-i31)
0xFB 0x1D i31.get_s : i31ref -> i32
0xFB 0x1E i31.get_u : i31ref -> i32
[threads]
0xFE 0x00 memory.atomic.notify memarg/4 : addr i32 -> i32
0xFE 0x01 memory.atomic.wait32 memarg/4 : addr i32 i64 -> i32
0xFE 0x02 memory.atomic.wait64 memarg/8 : addr i64 i64 -> i32
0xFE 0x03 atomic.fence ordering : ->
0xFE 0x10 i32.atomic.load memarg/4 : addr -> i32
0xFE 0x11 i64.atomic.load memarg/8 : addr -> i64
0xFE 0x12 i32.atomic.load8_u memarg/1 : addr -> i32
0xFE 0x13 i32.atomic.load16_u memarg/2 : addr -> i32
0xFE 0x14 i64.atomic.load8_u memarg/1 : addr -> i64
0xFE 0x15 i64.atomic.load16_u memarg/2 : addr -> i64
0xFE 0x16 i64.atomic.load32_u memarg/4 : addr -> i64
0xFE 0x17 i32.atomic.store memarg/4 : addr i32 ->
0xFE 0x18 i64.atomic.store memarg/8 : addr i64 ->
0xFE 0x19 i32.atomic.store8 memarg/1 : addr i32 ->
0xFE 0x1A i32.atomic.store16 memarg/2 : addr i32 ->
0xFE 0x1B i64.atomic.store8 memarg/1 : addr i64 ->
0xFE 0x1C i64.atomic.store16 memarg/2 : addr i64 ->
0xFE 0x1D i64.atomic.store32 memarg/4 : addr i64 ->
0xFE 0x1E i32.atomic.rmw.add memarg/4 : addr i32 -> i32
0xFE 0x1F i64.atomic.rmw.add memarg/8 : addr i64 -> i64
0xFE 0x20 i32.atomic.rmw8.add_u memarg/1 : addr i32 -> i32
0xFE 0x21 i32.atomic.rmw16.add_u memarg/2 : addr i32 -> i32
0xFE 0x22 i64.atomic.rmw8.add_u memarg/1 : addr i64 -> i64
0xFE 0x23 i64.atomic.rmw16.add_u memarg/2 : addr i64 -> i64
0xFE 0x24 i64.atomic.rmw32.add_u memarg/4 : addr i64 -> i64
0xFE 0x25 i32.atomic.rmw.sub memarg/4 : addr i32 -> i32
0xFE 0x26 i64.atomic.rmw.sub memarg/8 : addr i64 -> i64
0xFE 0x27 i32.atomic.rmw8.sub_u memarg/1 : addr i32 -> i32
0xFE 0x28 i32.atomic.rmw16.sub_u memarg/2 : addr i32 -> i32
0xFE 0x29 i64.atomic.rmw8.sub_u memarg/1 : addr i64 -> i64
0xFE 0x2A i64.atomic.rmw16.sub_u memarg/2 : addr i64 -> i64
0xFE 0x2B i64.atomic.rmw32.sub_u memarg/4 : addr i64 -> i64
0xFE 0x2C i32.atomic.rmw.and memarg/4 : addr i32 -> i32
0xFE 0x2D i64.atomic.rmw.and memarg/8 : addr i64 -> i64
0xFE 0x2E i32.atomic.rmw8.and_u memarg/1 : addr i32 -> i32
0xFE 0x2F i32.atomic.rmw16.and_u memarg/2 : addr i32 -> i32
0xFE 0x30 i64.atomic.rmw8.and_u memarg/1 : addr i64 -> i64
0xFE 0x31 i64.atomic.rmw16.and_u memarg/2 : addr i64 -> i64
0xFE 0x32 i64.atomic.rmw32.and_u memarg/4 : addr i64 -> i64
0xFE 0x33 i32.atomic.rmw.or memarg/4 : addr i32 -> i32
0xFE 0x34 i64.atomic.rmw.or memarg/8 : addr i64 -> i64
0xFE 0x35 i32.atomic.rmw8.or_u memarg/1 : addr i32 -> i32
0xFE 0x36 i32.atomic.rmw16.or_u memarg/2 : addr i32 -> i32
0xFE 0x37 i64.atomic.rmw8.or_u memarg/1 : addr i64 -> i64
0xFE 0x38 i64.atomic.rmw16.or_u memarg/2 : addr i64 -> i64
0xFE 0x39 i64.atomic.rmw32.or_u memarg/4 : addr i64 -> i64
0xFE 0x3A i32.atomic.rmw.xor memarg/4 : addr i32 -> i32
0xFE 0x3B i64.atomic.rmw.xor memarg/8 : addr i64 -> i64
0xFE 0x3C i32.atomic.rmw8.xor_u memarg/1 : addr i32 -> i32
0xFE 0x3D i32.atomic.rmw16.xor_u memarg/2 : addr i32 -> i32
0xFE 0x3E i64.atomic.rmw8.xor_u memarg/1 : addr i64 -> i64
0xFE 0x3F i64.atomic.rmw16.xor_u memarg/2 : addr i64 -> i64
0xFE 0x40 i64.atomic.rmw32.xor_u memarg/4 : addr i64 -> i64
0xFE 0x41 i32.atomic.rmw.xchg memarg/4 : addr i32 -> i32
0xFE 0x42 i64.atomic.rmw.xchg memarg/8 : addr i64 -> i64
0xFE 0x43 i32.atomic.rmw8.xchg_u memarg/1 : addr i32 -> i32
0xFE 0x44 i32.atomic.rmw16.xchg_u memarg/2 : addr i32 -> i32
0xFE 0x45 i64.atomic.rmw8.xchg_u memarg/1 : addr i64 -> i64
0xFE 0x46 i64.atomic.rmw16.xchg_u memarg/2 : addr i64 -> i64
0xFE 0x47 i64.atomic.rmw32.xchg_u memarg/4 : addr i64 -> i64
0xFE 0x48 i32.atomic.rmw.cmpxchg memarg/4 : addr i32 i32 -> i32
0xFE 0x49 i64.atomic.rmw.cmpxchg memarg/8 : addr i64 i64 -> i64
0xFE 0x4A i32.atomic.rmw8.cmpxchg_u memarg/1 : addr i32 i32 -> i32
0xFE 0x4B i32.atomic.rmw16.cmpxchg_u memarg/2 : addr i32 i32 -> i32
0xFE 0x4C i64.atomic.rmw8.cmpxchg_u memarg/1 : addr i64 i64 -> i64
0xFE 0x4D i64.atomic.rmw16.cmpxchg_u memarg/2 : addr i64 i64 -> i64
0xFE 0x4E i64.atomic.rmw32.cmpxchg_u memarg/4 : addr i64 i64 -> i64
[wide-arithmetic]
0xFC 0x13 i64.add128 : i64 i64 i64 i64 -> i64 i64
0xFC 0x14 i64.sub128 : i64 i64 i64 i64 -> i64 i64
0xFC 0x15 i64.mul_wide_s : i64 i64 -> i64 i64
0xFC 0x16 i64.mul_wide_u : i64 i64 -> i64 i64
"""
