// One drawing a line in, the same drawing in fewer bytes out. A hundredth of a point is finer than any screen.
import {createInterface} from 'node:readline'
import {optimize} from 'svgo'

for await (const line of createInterface({input: process.stdin})) {
  console.log(JSON.stringify(optimize(JSON.parse(line), {floatPrecision: 2}).data))
}
