package main

import (
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// What can be switched, by the names of harness/standard/features.py.
var switches = []struct {
	name string
	flag api.CoreFeatures
}{
	{"mutable-globals", api.CoreFeatureMutableGlobal},
	{"sign-extension", api.CoreFeatureSignExtensionOps},
	{"saturating-conversions", api.CoreFeatureNonTrappingFloatToIntConversion},
	{"multi-value", api.CoreFeatureMultiValue},
	{"reference-types", api.CoreFeatureReferenceTypes},
	{"bulk-memory", api.CoreFeatureBulkMemoryOperations},
	{"simd", api.CoreFeatureSIMD},
	{"extended-const", experimental.CoreFeaturesExtendedConst},
	{"tail-call", experimental.CoreFeaturesTailCall},
	{"function-references", experimental.CoreFeaturesTypedFunctionReferences},
	{"exceptions", experimental.CoreFeaturesExceptionHandling},
	{"threads", experimental.CoreFeaturesThreads},
}

// choose gives the switches for what is wanted, nil for everything, and the names of what that comes to.
func choose(wanted *[]string) (api.CoreFeatures, []string) {
	wants := map[string]bool{}
	if wanted != nil {
		for _, name := range *wanted {
			wants[name] = true
		}
	}
	var flags api.CoreFeatures
	names := []string{}
	if wanted == nil || wants["mvp"] {
		names = append(names, "mvp")
	}
	for _, feature := range switches {
		if wanted == nil || wants[feature.name] {
			flags = flags.SetEnabled(feature.flag, true)
			names = append(names, feature.name)
		}
	}
	return flags, names
}
