"""Small towns that the tests of this room share; each is made once."""

from pathlib import Path

import pytest

from dispatch.roads.city import City
from dispatch.roads.generate import generate_city

VILLAGE = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
  <bounds minlat="60.000" minlon="25.000" maxlat="60.010" maxlon="25.020"/>
  <node id="1" lat="60.002" lon="25.002"/>
  <node id="2" lat="60.002" lon="25.010"/>
  <node id="3" lat="60.002" lon="25.018"/>
  <node id="4" lat="60.008" lon="25.010"/>
  <node id="5" lat="60.008" lon="25.018"/>
  <node id="6" lat="60.008" lon="25.002"/>
  <node id="7" lat="60.002" lon="25.030"/>
  <node id="8" lat="60.005" lon="25.010"><tag k="barrier" v="bollard"/></node>
  <node id="20" lat="60.0022" lon="25.005"><tag k="addr:street" v="Main Street"/><tag k="addr:housenumber" v="1"/>
    <tag k="addr:country" v="FI"/></node>
  <node id="21" lat="60.0018" lon="25.006"><tag k="addr:street" v="Main Street"/><tag k="addr:housenumber" v="2"/>
    <tag k="shop" v="supermarket"/><tag k="name" v="Village Market"/></node>
  <node id="22" lat="60.0018" lon="25.007"><tag k="addr:street" v="Main Street"/>
    <tag k="addr:housenumber" v="4"/></node>
  <node id="30" lat="60.0083" lon="25.0040"><tag k="entrance" v="yes"/></node>
  <node id="31" lat="60.0083" lon="25.0044"/>
  <node id="32" lat="60.0085" lon="25.0044"/><node id="33" lat="60.0085" lon="25.0040"/>
  <node id="40" lat="60.0000" lon="25.0190"/><node id="41" lat="60.0100" lon="25.0190"/>
  <way id="100"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="7"/>
    <tag k="highway" v="primary"/><tag k="name" v="Main Street"/><tag k="maxspeed" v="40"/></way>
  <way id="101"><nd ref="2"/><nd ref="8"/><nd ref="4"/>
    <tag k="highway" v="residential"/><tag k="name" v="Bollard Lane"/></way>
  <way id="102"><nd ref="3"/><nd ref="5"/>
    <tag k="highway" v="residential"/><tag k="name" v="East Street"/></way>
  <way id="103"><nd ref="5"/><nd ref="4"/><nd ref="6"/>
    <tag k="highway" v="residential"/><tag k="name" v="Back Street"/><tag k="oneway" v="yes"/>
    <tag k="oneway:bicycle" v="no"/></way>
  <way id="104"><nd ref="6"/><nd ref="1"/>
    <tag k="highway" v="residential"/><tag k="name" v="West Street"/></way>
  <way id="110"><nd ref="30"/><nd ref="31"/><nd ref="32"/><nd ref="33"/><nd ref="30"/>
    <tag k="building" v="yes"/><tag k="building:levels" v="3"/>
    <tag k="addr:street" v="Back Street"/><tag k="addr:housenumber" v="7"/></way>
  <way id="111"><nd ref="40"/><nd ref="41"/><tag k="natural" v="coastline"/></way>
</osm>
"""
"""A block with a one-way street at the back, a bollard in the middle and the sea in the east; Main Street leaves it."""


@pytest.fixture(scope="session")
def town() -> City:
    """A generated city of 2 km a side."""
    return generate_city(2_000, seed=3)


@pytest.fixture
def village_file(tmp_path: Path) -> Path:
    """`VILLAGE` as an extract on disk."""
    path = tmp_path / "village.osm"
    path.write_text(VILLAGE, encoding="utf-8")
    return path
