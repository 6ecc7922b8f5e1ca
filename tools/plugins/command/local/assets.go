package local

import (
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/gobwas/glob"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// collect reads the files that a program asked to have back.
func collect(folder string, in CommandInputs, results *Results) error {
	if in.AssetPaths != nil {
		assets, err := find(folder, *in.AssetPaths)
		if err != nil {
			return err
		}
		results.Assets = &assets
	}
	if in.ArchivePaths != nil {
		files, err := find(folder, *in.ArchivePaths)
		if err != nil {
			return err
		}
		members := make(map[string]any, len(files))
		for name, file := range files {
			members[name] = file
		}
		if results.Archive, err = resource.NewAssetArchive(members); err != nil {
			return err
		}
	}
	return nil
}

type rule struct {
	pattern  glob.Glob
	excludes bool
}

// find returns the files under a folder, by relative path, whose last matching rule does not exclude them.
func find(folder string, globs []string) (map[string]*resource.Asset, error) {
	rules := make([]rule, 0, len(globs))
	for _, text := range globs {
		text, excludes := strings.CutPrefix(text, "!")
		pattern, err := glob.Compile(text, '/')
		if err != nil {
			return nil, err
		}
		rules = append(rules, rule{pattern, excludes})
	}
	found := map[string]*resource.Asset{}
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !wanted(rules, name) {
			return err
		}
		found[name], err = resource.NewPathAsset(path.Join(folder, name))
		return err
	})
	return found, err
}

func wanted(rules []rule, name string) bool {
	result := false
	for _, rule := range rules {
		if rule.pattern.Match(name) {
			result = !rule.excludes
		}
	}
	return result
}
