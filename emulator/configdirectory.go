package emulator

type configUser struct {
	SubAccountID string `yaml:"subAccountId"`
	LoginID      string `yaml:"loginId"`
	NRN          string `yaml:"nrn"`
	Active       *bool  `yaml:"active"`
	Deleted      bool   `yaml:"deleted"`
}

type configRole struct {
	RoleNo   string `yaml:"roleNo"`
	RoleName string `yaml:"roleName"`
	NRN      string `yaml:"nrn"`
	RoleType string `yaml:"roleType"`
	Active   *bool  `yaml:"active"`
}

type configGroup struct {
	GroupID   string   `yaml:"groupId"`
	GroupName string   `yaml:"groupName"`
	Members   []string `yaml:"members"`
}

// directory returns the users, roles and groups of the file, or nil if it has none of these lists.
func (file configFile) directory() (*Directory, error) {
	if file.Users == nil && file.Roles == nil && file.Groups == nil {
		return nil, nil
	}
	var d Directory
	for _, user := range file.Users {
		d.Users = append(d.Users, User{
			ID: user.SubAccountID, LoginID: user.LoginID, NRN: user.NRN, Inactive: isFalse(user.Active), Deleted: user.Deleted,
		})
	}
	for _, role := range file.Roles {
		d.Roles = append(d.Roles, Role{
			ID: role.RoleNo, Name: role.RoleName, NRN: role.NRN, Type: role.RoleType, Inactive: isFalse(role.Active),
		})
	}
	for _, group := range file.Groups {
		d.Groups = append(d.Groups, Group{ID: group.GroupID, Name: group.GroupName, Members: group.Members})
	}
	return d.checked()
}

func isFalse(value *bool) bool { return value != nil && !*value }
