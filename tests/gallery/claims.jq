# A number of the report as a jq number: enough for claims of a few digits.
def value:
  if type == "object" then (if .lo == "inf" then infinite else (.lo | tonumber) end)
  elif test("/") then (split("/") | map(tonumber) | .[0] / .[1])
  else tonumber end;
def bound($id): first(.bounds[] | select(.id == $id));
# low <= x / y <= high
def about(x; y; $low; $high): (x | value) / (y | value) | . >= $low and . <= $high;
# an enclosure within 1e-30 of n, by its digits
def within(x; $n): x | .lo[0:32] == ($n - 1 | tostring) + "." + ("9" * 30) or .lo[0:32] == ($n | tostring) + "." + ("0" * 30);
