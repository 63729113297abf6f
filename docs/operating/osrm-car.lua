-- OSRM's own car profile, but nobody gets in or out on a motorway or a trunk road.
-- Put it beside car.lua and name it to osrm-extract: osrm-extract -p profiles/osrm-car.lua …
api_version = 4

local car = require('car')
local own_way = car.process_way

car.process_way = function(profile, way, result, relations)
  own_way(profile, way, result, relations)
  local highway = way:get_value_by_key('highway')
  if highway == 'motorway' or highway == 'trunk' or highway == 'motorway_link' or highway == 'trunk_link' then
    result.is_startpoint = false
  end
end

return car
