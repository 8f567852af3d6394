#!/bin/sh
echo "$who"
