# placeholder until landed
